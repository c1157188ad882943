import { describe, expect, it } from "vitest";
import { answerProblem, commentProblem, starsOfKey } from "./writing";

describe("a corrected or an own answer", () => {
  it("must be there, and differ from what it was begun from by more than space around it", () => {
    expect(answerProblem(" \n", undefined)).toContain("Write the answer");
    expect(answerProblem(" Paris. ", "Paris.\n")).toContain("as it was");
    expect(answerProblem("Paris, France.", "Paris.")).toBeUndefined();
    expect(answerProblem("Paris.", undefined)).toBeUndefined();
  });

  it("has a longest length, spaces around it not counted", () => {
    expect(answerProblem(` ${"x".repeat(8000)} `, undefined)).toBeUndefined();
    expect(answerProblem("x".repeat(8001), undefined)).toContain("1 character too many");
  });
});

it("takes comments of 1 to 2,000 characters", () => {
  expect(commentProblem(" ")).toContain("few words");
  expect(commentProblem("x".repeat(2000))).toBeUndefined();
  expect(commentProblem("x".repeat(2012))).toContain("12 characters too many");
});

it("knows the keys of the stars", () => {
  expect(["1", "5", "0", "6", "Enter"].map(starsOfKey)).toEqual([1, 5, undefined, undefined, undefined]);
});
