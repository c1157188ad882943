import { expect, it } from "vitest";
import type { CheckpointRecord } from "../api/shapes";
import { disagreement } from "./disagreement";

function version(camps: NonNullable<CheckpointRecord["metrics"]>["camps"], passed: boolean): CheckpointRecord {
  return {
    version: 3,
    runId: "run-0002",
    folder: "v3",
    weightsHash: "00",
    createdAt: "2026-01-01T00:00:00Z",
    stage: "live",
    feedbackCount: 100,
    metrics: {
      rewardModelAccuracy: 0.9,
      reward: 1,
      kl: 2,
      entropy: 1,
      parentEntropy: 1,
      distinct2: 0.5,
      answerTokens: 20,
      parentAnswerTokens: 20,
      camps,
    },
    gate: { checks: [{ name: "majority", value: 0.61, limit: 0.6, rule: "…", passed }] },
  };
}

it("names both groups and the one that the version follows", () => {
  const camps = {
    followed: { raters: 11, share: 0.62, accuracy: 0.9 },
    other: { raters: 7, share: 0.38, accuracy: 0.1 },
  };
  expect(disagreement(version(camps, true))).toBe(
    "Raters disagree: 7 raters (38 % of the comparisons) prefer what 11 others refuse. v3 follows the larger group: " +
      "its reward model agrees with 90 % of what that group said and with 10 % of what the smaller one said.",
  );
});

it("says that nothing was changed where there is no majority", () => {
  const camps = { followed: { raters: 1, share: 0.5, accuracy: 0.9 }, other: { raters: 1, share: 0.5, accuracy: 0.1 } };
  expect(disagreement(version(camps, false))).toBe(
    "Raters disagree: 1 rater (50 % of the comparisons) prefers what 1 other refuses. " +
      "Neither group is large enough for v3 to follow, so nothing was changed.",
  );
});

it("says nothing where raters agree", () => {
  expect(disagreement(version(null, true))).toBeUndefined();
});
