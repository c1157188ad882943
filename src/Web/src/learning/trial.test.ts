import { expect, test } from "vitest";
import type { CanaryStatus } from "../api/shapes";
import { trialPosition, trialWords } from "./trial";

const status = (logLikelihoodRatio: number) => ({ logLikelihoodRatio, stopAt: -3, promoteAt: 2 }) as CanaryStatus;

test("the mark is at the ends where the trial is decided", () => {
  expect(trialPosition(status(-3))).toBe(0);
  expect(trialPosition(status(2))).toBe(1);
  expect(trialPosition(status(0))).toBeCloseTo(0.6);
  expect(trialPosition(status(9))).toBe(1);
});

test("votes in words", () => {
  expect(trialWords({ wins: 0, losses: 0, ties: 0, people: 0 })).toBe("No votes yet.");
  expect(trialWords({ wins: 1, losses: 0, ties: 0, people: 1 })).toBe("votes of 1 person.");
  expect(trialWords({ wins: 3, losses: 1, ties: 1, people: 4 })).toBe("votes and 1 tie of 4 people.");
});
