import type { Comparison, Turn, Verdict } from "../api/shapes";

export const verdicts: { verdict: Verdict; label: string; key?: string; testId: string }[] = [
  { verdict: "left", label: "1 is better", key: "1", testId: "verdict-left" },
  { verdict: "right", label: "2 is better", key: "2", testId: "verdict-right" },
  { verdict: "tie", label: "Tie", key: "0", testId: "verdict-tie" },
  { verdict: "bothBad", label: "Both bad", testId: "verdict-both-bad" },
  { verdict: "skip", label: "Skip", testId: "verdict-skip" },
];

/** The answer that the conversation goes on with: the better one, else the one that was there first. */
export function continuesWith(verdict: Verdict, comparison: Comparison, left: Turn, right: Turn): string {
  if (verdict === "left") return comparison.leftTurnId;
  if (verdict === "right") return comparison.rightTurnId;
  return left.createdAt <= right.createdAt ? left.turnId : right.turnId;
}
