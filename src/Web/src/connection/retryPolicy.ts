import type { IRetryPolicy } from "@microsoft/signalr";

const first = 300;
const longest = 8000;

/** Doubles from 300 ms up to 8 s, with jitter, so that clients of a restarted server do not return all at once. */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(longest, first * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Never gives up: SignalR's default does after four tries, and a laptop sleeps for longer than that. */
export const neverEndingRetry: IRetryPolicy = {
  nextRetryDelayInMilliseconds: (context) => retryDelay(context.previousRetryCount),
};
