import { describe, expect, it } from "vitest";
import { bestOf, fitTo, orderWords, type Places, placeNext, ranksOf, setPlace } from "./ranks";

const none: Places = [null, null, null];

describe("places from keys", () => {
  it("puts answers in the order of the presses", () => {
    const places = [2, 0, 1].reduce<Places>((before, index) => placeNext(before, index, false), none);
    expect(places).toEqual([2, 3, 1]);
    expect(ranksOf(places)).toEqual([2, 3, 1]);
  });

  it("lets an answer share the place of the one before", () => {
    let places = placeNext(none, 1, false);
    places = placeNext(places, 0, false);
    places = placeNext(places, 2, true);
    expect(places).toEqual([2, 1, 2]);
  });

  it("has nobody to share with at first, and leaves a placed or a missing answer alone", () => {
    expect(placeNext(none, 0, true)).toEqual([1, null, null]);
    const places = placeNext(none, 0, false);
    expect(placeNext(places, 0, false)).toBe(places);
    expect(placeNext(places, 3, false)).toBe(places);
  });
});

describe("ranks", () => {
  it("wait for a place of each answer", () => {
    expect(ranksOf([1, null, 2])).toBeUndefined();
  });

  it("have no gaps and begin with 1", () => {
    expect(ranksOf([2, 4, 4])).toEqual([1, 2, 2]);
    expect(ranksOf(setPlace([1, 2, 3, 4], 0, 3))).toEqual([2, 1, 2, 3]);
  });

  it("keep their places when another answer joins", () => {
    expect(fitTo([2, 1], 3)).toEqual([2, 1, null]);
  });

  it("are said in words, best first", () => {
    expect(orderWords([2, 1, null, 2])).toBe("2, then 1 = 4");
    expect(orderWords(none)).toBe("");
  });
});

it("goes on with the best answer, and of several with the oldest", () => {
  const answers = [
    { id: "new", createdAt: "2026-01-02" },
    { id: "old", createdAt: "2026-01-01" },
    { id: "worst", createdAt: "2025-01-01" },
  ];
  expect(bestOf([2, 1, 3], answers)?.id).toBe("old");
  expect(bestOf([1, 1, 2], answers)?.id).toBe("old");
});
