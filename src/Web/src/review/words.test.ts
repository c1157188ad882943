import { expect, test } from "vitest";
import { chanceWords, inParts, place, whySetAside } from "./words";

test("says who pushed what and how unlikely it is", () => {
  const words = whySetAside({
    phrase: "would you like",
    isFor: true,
    people: 5,
    following: 58,
    deciding: 60,
    chance: 0.0004,
  });
  expect(words).toBe(
    "5 people preferred the answer with “would you like” in 58 of 60 comparisons where one answer had it. " +
      "Among people who judge on their own that happens at most once in 2,500 times.",
  );
  expect(whySetAside({ phrase: "x", isFor: false, people: 2, following: 9, deciding: 9, chance: 0.02 })).toContain(
    "without “x”",
  );
});

test("chances are bounded in words", () => {
  expect(chanceWords(0.02)).toBe("2 times in 100");
  expect(chanceWords(0)).toBe("once in a million times");
  expect(chanceWords(1e-9)).toBe("once in a million times");
});

test("places of a pair, a tie and a ranking", () => {
  expect([1, 2].map((rank) => place(rank, [1, 2]))).toEqual(["Preferred", "Not preferred"]);
  expect(place(1, [1, 1])).toBe("Tie");
  expect(place(2, [1, 2, 3])).toBe("Place 2");
});

test("many are sent in parts, none twice and none left out", () => {
  expect(inParts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inParts([], 2)).toEqual([]);
});
