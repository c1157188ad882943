import type { Turn, Verdict } from "../api/shapes";
import { bestOf } from "./ranks";

export const verdicts: { verdict: Verdict; label: string; key?: string; testId: string }[] = [
  { verdict: "left", label: "1 is better", key: "1", testId: "verdict-left" },
  { verdict: "right", label: "2 is better", key: "2", testId: "verdict-right" },
  { verdict: "tie", label: "Tie", key: "0", testId: "verdict-tie" },
  { verdict: "bothBad", label: "Both bad", testId: "verdict-both-bad" },
  { verdict: "skip", label: "Skip", testId: "verdict-skip" },
];

/** The answer that the conversation goes on with: the better one, else the one that was there first. */
export function continuesWith(says: { verdict?: Verdict | null; ranks?: number[] | null }, answers: Turn[]): string {
  const ranks = says.ranks ?? answers.map((_, i) => (i === chosenBy(says.verdict) ? 1 : 2));
  const best = bestOf(ranks, answers) ?? bestOf(Array(answers.length).fill(1), answers);
  return best?.turnId ?? "";
}

/** The place on screen that a verdict is for. */
export function chosenBy(verdict: Verdict | null | undefined): number | undefined {
  return verdict === "left" ? 0 : verdict === "right" ? 1 : undefined;
}
