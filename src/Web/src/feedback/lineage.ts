import type { FeedbackLineage, FeedbackStatus } from "../api/shapes";

/** "v2", "v2 and v3", "v2, v3 and v4". */
export function versionWords(versions: readonly number[]): string {
  const named = versions.map((version) => `v${version}`);
  return named.length < 2 ? named.join("") : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}

/** "14:30" today, with the date on another day. */
export function whenWords(time: string, now = new Date()): string {
  const then = new Date(time);
  const clock = { hour: "2-digit", minute: "2-digit" } as const;
  return then.toDateString() === now.toDateString()
    ? then.toLocaleTimeString(undefined, clock)
    : then.toLocaleString(undefined, { month: "short", day: "numeric", ...clock });
}

/** How long a version that knows what was withdrawn can stay: training begins by then, or has begun. */
export function dueWords(dueAt: string, now = new Date()): string {
  return new Date(dueAt) > now
    ? `The making of a version without it begins by ${whenWords(dueAt, now)}`
    : "A version without it is being made";
}

export function learnedWords({ lineage }: FeedbackStatus, version: number): string {
  if (!lineage) return `It was used to train v${version}, which went live.`;
  const used = `Used by ${versionWords(lineage.versions)}`;
  if (lineage.isInLive) return `${used}; still in the live version.`;
  return lineage.goneSince == null ? `${used}.` : `${used}; gone since v${lineage.goneSince}.`;
}

export function withdrawnWords(lineage: FeedbackLineage | null | undefined, now = new Date()) {
  const erased = "You took it back, and what it said is erased.";
  if (!lineage) return { short: "Withdrawn", long: `${erased} No training run will use it.` };
  const known = versionWords(lineage.versions);
  const newest = lineage.versions.at(-1);
  if (lineage.isInLive)
    return {
      short: `Withdrawn, still in v${newest}`,
      long: `${erased} ${known} learned from it, and v${newest} is live. ${lineage.dueAt ? `${dueWords(lineage.dueAt, now)}.` : ""}`.trim(),
    };
  return lineage.goneSince == null
    ? { short: "Withdrawn", long: `${erased} ${known} had learned from it.` }
    : {
        short: `Withdrawn, gone since v${lineage.goneSince}`,
        long: `${erased} ${known} had learned from it; v${lineage.goneSince}, which took the place, never did.`,
      };
}
