/** Pages that need no identity. Each is loaded anew, so that nothing of the user before is left in memory. */
const entrances = ["/sign-in", "/sign-up", "/setup"];

export function isEntrance(path: string): boolean {
  return entrances.includes(path);
}

export function signInPath(next: string): string {
  return `/sign-in?next=${encodeURIComponent(next)}`;
}

/** Once only: the page is left, whatever else is answered meanwhile. */
export function goToSignIn(): void {
  if (!isEntrance(location.pathname)) location.assign(signInPath(location.pathname + location.search));
}

/** Where to go after signing in: a page of this service, whatever the address says. */
export function nextPath(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  try {
    const target = new URL(next, "http://here");
    return target.origin === "http://here" && !isEntrance(target.pathname) ? target.pathname + target.search : "/";
  } catch {
    return "/";
  }
}
