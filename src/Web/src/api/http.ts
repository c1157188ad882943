/** The server answered with a problem (RFC 9457). Its `detail` names the fix and is safe to show. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, detail: string, retryAfterMs?: number) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came: the effect of the call is unknown, so only idempotent calls may be repeated. */
export class NetworkError extends Error {
  constructor() {
    super("The server cannot be reached. Check the connection and try again.");
  }
}

let act: () => void = () => undefined;

/** What to do when the server knows the page's user no more, or wants one who is signed in. */
export function onSignInNeeded(handler: () => void): void {
  act = handler;
}

export function signInIsNeeded(): void {
  act();
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

let known = false;
let first: Promise<unknown> | undefined;

/** One first call, shared by all who want its answer; made again if it failed. */
function firstCall(): Promise<unknown> {
  first ??= send("GET", "/me").then(
    (me) => {
      known = true;
      return me;
    },
    (error) => {
      first = undefined;
      throw error;
    },
  );
  return first;
}

/**
 * The first call of a visitor sets the identity cookie. Everything else waits for it: calls sent side by side on a first visit
 * would each be given an identity of their own.
 */
export async function identityReady(): Promise<void> {
  if (!known) await firstCall().catch(() => undefined);
}

/** Asks again who this is. An answer that sign-in is needed is acted upon; that no answer came is no news. */
export async function checkIdentity(): Promise<void> {
  if (known) await send("GET", "/me").catch(() => undefined);
}

/** For whoever signs in: needs no identity, and a refusal is an answer to show, not a reason to sign in. */
export function callAtTheDoor<T>(method: Method, path: string, body?: unknown): Promise<T> {
  return send<T>(method, path, body);
}

export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  if (!known && method === "GET" && path === "/me") return (await firstCall()) as T;
  await identityReady();
  return send<T>(method, path, body);
}

/** For idempotent calls only: repeats the very same call while the network fails or the server is busy. */
export async function callPatiently<T>(
  method: Method,
  path: string,
  body?: unknown,
  delaysMs: number[] = [400, 1200, 3000, 6000],
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call<T>(method, path, body);
    } catch (error) {
      const delay = delaysMs[attempt];
      const busy = error instanceof ApiError && error.status === 503;
      if (delay === undefined || !(busy || error instanceof NetworkError)) throw error;
      const wait = busy ? Math.max(delay, error.retryAfterMs ?? 0) : delay;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function send<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  // A page of another origin cannot set this header, which is what keeps it from acting for the user.
  if (method !== "GET") headers["X-ChatLoop"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";

  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new NetworkError();
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && !path.startsWith("/session")) signInIsNeeded();
    throw problem;
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; title?: string };
  const seconds = Number(response.headers.get("Retry-After"));
  const detail =
    problem.detail ??
    problem.title ??
    (response.status === 502 || response.status === 504
      ? "The server is not running or still starting. Try again in a moment."
      : `The server answered with ${response.status}. Try again.`);
  return new ApiError(response.status, problem.code ?? "unknown", detail, seconds > 0 ? seconds * 1000 : undefined);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}
