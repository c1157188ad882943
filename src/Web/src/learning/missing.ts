import type { FeedbackCounts, RunThreshold } from "../api/shapes";

/** What has to be collected before the next run starts, for people. */
export function whatIsMissing(collected: FeedbackCounts, nextRun: RunThreshold): string {
  const pairs = nextRun.newPairs - collected.newPairs;
  const sides = nextRun.decidedPairs - collected.decidedPairs;
  if (sides > 0 && sides >= pairs)
    return (
      `${sides} more ${sides === 1 ? "comparison" : "comparisons"} in which you choose the better answer ` +
      `${starts(sides)} the next run. Ties and corrections alone cannot show whether the model understood.`
    );
  if (pairs > 0 && sides > 0)
    return `${pairs} more start the next run, if a better answer is chosen in ${sides} of them.`;
  if (pairs > 0) return `${pairs} more ${starts(pairs)} the next run.`;
  return "There is enough for the next run.";
}

function starts(count: number): string {
  return count === 1 ? "starts" : "start";
}
