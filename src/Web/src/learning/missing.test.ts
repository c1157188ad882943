import { describe, expect, it } from "vitest";
import type { FeedbackCounts } from "../api/shapes";
import { whatIsMissing } from "./missing";

const why = "Ties and corrections alone cannot show whether the model understood.";
const nextRun = { newPairs: 32, decidedPairs: 12 };

function collected(newPairs: number, decidedPairs: number): FeedbackCounts {
  return {
    thumbsUp: 0,
    thumbsDown: 0,
    pairs: newPairs,
    newPairs,
    decidedPairs,
    withdrawn: 0,
    lastSequence: 0,
    rankings: 0,
    ratings: 0,
    corrections: 0,
    demonstrations: 0,
    comments: 0,
    waitingForReview: 0,
  };
}

describe("what is missing for the next run", () => {
  it.each([
    [0, 0, "32 more start the next run, if a better answer is chosen in 12 of them."],
    [12, 12, "20 more start the next run."],
    [31, 20, "1 more starts the next run."],
    [32, 9, `3 more comparisons in which you choose the better answer start the next run. ${why}`],
    [30, 0, `12 more comparisons in which you choose the better answer start the next run. ${why}`],
    [40, 11, `1 more comparison in which you choose the better answer starts the next run. ${why}`],
    [32, 12, "There is enough for the next run."],
  ])("of %i new pairs, %i with a side chosen", (newPairs, decidedPairs, text) => {
    expect(whatIsMissing(collected(newPairs, decidedPairs), nextRun)).toBe(text);
  });
});
