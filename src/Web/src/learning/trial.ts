import type { CanaryStatus } from "../api/shapes";

/** 0 where the trial is stopped, 1 where the version goes live. */
export function trialPosition({ logLikelihoodRatio, stopAt, promoteAt }: CanaryStatus): number {
  return Math.min(1, Math.max(0, (logLikelihoodRatio - stopAt) / (promoteAt - stopAt)));
}

export function trialWords({ wins, losses, ties, people }: CanaryStatus["votes"]): string {
  if (wins + losses + ties === 0) return "No votes yet.";
  const tied = ties === 0 ? "" : ` and ${ties} ${ties === 1 ? "tie" : "ties"}`;
  return `votes${tied} of ${people} ${people === 1 ? "person" : "people"}.`;
}
