import { expect, it } from "vitest";
import type { CheckpointMetrics } from "../api/shapes";
import { influence } from "./influence";

function metrics(of: CheckpointMetrics["influence"]): CheckpointMetrics {
  return {
    rewardModelAccuracy: 0.9,
    reward: 1,
    kl: 2,
    entropy: 1,
    parentEntropy: 1,
    distinct2: 0.5,
    answerTokens: 20,
    parentAnswerTokens: 20,
    influence: of,
  };
}

it("tells the largest share of one person and whom the bound cut", () => {
  expect(influence(metrics({ people: 42, largestShare: 0.1, unbounded: 0.278, bounded: 2 }))).toBe(
    "42 people, none above 10 % of the comparisons' weight; 2 were bounded, the heaviest from 27.8 %",
  );
  expect(influence(metrics({ people: 3, largestShare: 0.4, unbounded: 0.4, bounded: 0 }))).toBe(
    "3 people, none above 40 % of the comparisons' weight",
  );
  expect(influence(metrics({ people: 1, largestShare: 1, unbounded: 1, bounded: 0 }))).toBe(
    "one person's comparisons alone",
  );
});

it("says nothing of a version that was trained before it was measured", () => {
  expect(influence(metrics(null))).toBeUndefined();
  expect(influence(null)).toBeUndefined();
});
