import type { CheckpointRecord } from "../api/shapes";
import { percent } from "./metrics";

/** Whether two groups of raters wanted opposite things of this version, for people; undefined when they did not. */
export function disagreement({ version, metrics, gate }: CheckpointRecord): string | undefined {
  if (!metrics?.camps) return undefined;
  const { followed, other } = metrics.camps;
  const evenly = gate?.checks.some(({ name, passed }) => name === "majority" && !passed);
  return (
    `Raters disagree: ${people(other.raters)} (${percent(other.share)} of the comparisons) ` +
    `${other.raters === 1 ? "prefers" : "prefer"} what ${followed.raters} ${followed.raters === 1 ? "other refuses" : "others refuse"}. ` +
    (evenly
      ? `Neither group is large enough for v${version} to follow, so nothing was changed.`
      : `v${version} follows the larger group: its reward model agrees with ${percent(followed.accuracy)} ` +
        `of what that group said and with ${percent(other.accuracy)} of what the smaller one said.`)
  );
}

function people(count: number): string {
  return count === 1 ? "1 rater" : `${count} raters`;
}
