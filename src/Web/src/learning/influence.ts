import type { CheckpointMetrics } from "../api/shapes";
import { percent } from "./metrics";

/** How far one person alone decided what a version learned, for people; undefined where it was not measured. */
export function influence(of: CheckpointMetrics["influence"]): string | undefined {
  if (!of) return undefined;
  const { people, largestShare, unbounded, bounded } = of;
  if (people === 1) return "one person's comparisons alone";
  const most = `${people} people, none above ${percent(largestShare)} of the comparisons' weight`;
  if (bounded === 0) return most;
  return `${most}; ${bounded === 1 ? "one was" : `${bounded} were`} bounded, the heaviest from ${percent(unbounded)}`;
}
