import { expect, it } from "vitest";
import { influence } from "./influence";

it("tells the largest share of one person and whom the bound cut", () => {
  expect(influence({ people: 42, largestShare: 0.1, unbounded: 0.278, bounded: 2 })).toBe(
    "42 people, none above 10 % of the comparisons' weight; 2 were bounded, the heaviest from 27.8 %",
  );
  expect(influence({ people: 3, largestShare: 0.4, unbounded: 0.4, bounded: 0 })).toBe(
    "3 people, none above 40 % of the comparisons' weight",
  );
  expect(influence({ people: 1, largestShare: 1, unbounded: 1, bounded: 0 })).toBe("one person's comparisons alone");
});

it("says nothing of a version that was trained before it was measured", () => {
  expect(influence(null)).toBeUndefined();
  expect(influence(undefined)).toBeUndefined();
});
