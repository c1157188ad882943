import type { FeedbackCounts, RunThreshold } from "../api/shapes";

/** What has to be collected before the next run starts, for people. */
export function whatIsMissing(collected: FeedbackCounts, nextRun: RunThreshold): string {
  const pairs = nextRun.newPairs - collected.newPairs;
  const sides = nextRun.decidedPairs - collected.decidedPairs;
  if (pairs > 0) return `${pairs} more ${pairs === 1 ? "starts" : "start"} the next run.`;
  if (sides > 0)
    return `Too many ties to learn from: ${sides} more with a better answer ${sides === 1 ? "starts" : "start"} the next run.`;
  return "There is enough for the next run.";
}
