import type { FeedbackLatency, LatencyQuantiles } from "../api/shapes";

/** How long it takes from a vote to what it was used for; undefined before the first version that used any. */
export function latencyWords({ toLive, toAnswer }: FeedbackLatency): string | undefined {
  if (toAnswer) return `From a vote to an answer by a version that used it: ${quantiles(toAnswer)}.`;
  if (toLive)
    return `From a vote to a live version that used it: ${quantiles(toLive)}. Nobody has asked that version yet.`;
  return undefined;
}

function quantiles({ judgements, median, p95 }: LatencyQuantiles): string {
  const over = judgements === 1 ? "over the last vote" : `over the last ${judgements.toLocaleString("en")} votes`;
  return `half within ${duration(median)}, 95 % within ${duration(p95)}, ${over}`;
}

/** Rounded up, so that "within" stays true. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.ceil(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.ceil(seconds / 3600)} h`;
  return `${Math.ceil(seconds / 86400)} days`;
}
