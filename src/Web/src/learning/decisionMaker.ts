const machines: Record<string, string> = {
  start: "the first start",
  gate: "the gate",
  canary: "the trial",
  silo: "the server that serves it",
  forgetting: "a withdrawal",
};

/** In words; of a person the name, or the beginning of the id. */
export function makerOf(by: string): string {
  const named = /^(.+) \([^()]+\)$/.exec(by);
  return machines[by] ?? named?.[1] ?? (/^[0-9a-f]{8}-/.test(by) ? `visitor ${by.slice(0, 8)}` : by);
}
