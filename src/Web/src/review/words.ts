import type { SetAsideGroup, SetAsideReason, SetAsideVote } from "../api/shapes";

/** Why verdicts were set aside, for somebody who knows nothing of the statistics. */
export function whySetAside(reason: SetAsideReason): string {
  const towards = reason.isFor ? "preferred the answer with" : "preferred the answer without";
  return (
    `${reason.people} people ${towards} “${reason.phrase}” in ${reason.following} of ${reason.deciding} comparisons ` +
    `where one answer had it. Among people who judge on their own that happens at most ${chanceWords(reason.chance)}.`
  );
}

export function chanceWords(chance: number): string {
  if (chance >= 0.01) return `${Math.round(chance * 100)} times in 100`;
  const oneIn = 1 / chance;
  return oneIn >= 1e6 ? "once in a million times" : `once in ${Math.round(oneIn).toLocaleString("en")} times`;
}

export function waiting(group: SetAsideGroup): SetAsideVote[] {
  return group.votes.filter((vote) => vote.state === "waiting");
}

export function place(rank: number, ranks: number[]): string {
  if (ranks.every((other) => other === rank)) return "Tie";
  if (ranks.length === 2) return rank === 1 ? "Preferred" : "Not preferred";
  return `Place ${rank}`;
}

/** A request holds no more: the server takes 64 KiB. */
export const mostInOneRequest = 500;

export function inParts<T>(items: T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}
