import { expect, it } from "vitest";
import type { FeedbackCounts } from "../api/shapes";
import { countsShown } from "./counts";

const none: FeedbackCounts = {
  thumbsUp: 0,
  thumbsDown: 0,
  pairs: 0,
  newPairs: 0,
  decidedPairs: 0,
  withdrawn: 0,
  lastSequence: 0,
  rankings: 0,
  ratings: 0,
  corrections: 0,
  demonstrations: 0,
  comments: 0,
  waitingForReview: 0,
};

it("leaves out zeros beyond the first three", () => {
  expect(countsShown(none).map(({ name }) => name)).toEqual(["Comparisons", "Thumbs up", "Thumbs down"]);
  const some = { ...none, rankings: 2, demonstrations: 1 };
  expect(countsShown(some).slice(3)).toEqual([
    { name: "Rankings", value: 2 },
    { name: "Own answers", value: 1 },
  ]);
});
