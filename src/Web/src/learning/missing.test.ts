import { describe, expect, it } from "vitest";
import type { FeedbackCounts } from "../api/shapes";
import { whatIsMissing } from "./missing";

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
  };
}

describe("what is missing for the next run", () => {
  it.each([
    [0, 0, "32 more start the next run."],
    [31, 20, "1 more starts the next run."],
    [32, 9, "Too many ties to learn from: 3 more with a better answer start the next run."],
    [40, 11, "Too many ties to learn from: 1 more with a better answer starts the next run."],
    [32, 12, "There is enough for the next run."],
  ])("of %i new pairs, %i with a side chosen", (newPairs, decidedPairs, text) => {
    expect(whatIsMissing(collected(newPairs, decidedPairs), nextRun)).toBe(text);
  });
});
