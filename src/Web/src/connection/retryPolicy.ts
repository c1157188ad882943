import type { IRetryPolicy } from "@microsoft/signalr";
import { signInIsNeeded } from "../api/http";

const first = 300;
const longest = 8000;

/** Doubles from 300 ms up to 8 s, with jitter, so that clients of a restarted server do not return all at once. */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(longest, first * 2 ** Math.min(attempt, 20));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Never gives up: SignalR's default does after four tries, and a laptop sleeps for longer than that. */
export const neverEndingRetry: IRetryPolicy = {
  nextRetryDelayInMilliseconds: (context) => {
    noticeSignedOut(context.retryReason);
    return retryDelay(context.previousRetryCount);
  },
};

/** Trying again does not help who is no longer let in. SignalR tells the status only in words. */
export function noticeSignedOut(error: unknown): void {
  if (error instanceof Error && /\b401\b/.test(error.message)) signInIsNeeded();
}
