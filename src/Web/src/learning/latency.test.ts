import { expect, it } from "vitest";
import { duration, latencyWords } from "./latency";

it("says how long a vote takes to show in answers", () => {
  const toLive = { judgements: 64, median: 20.2, p95: 27 };
  expect(latencyWords({ toLive, toAnswer: { judgements: 64, median: 23.1, p95: 30.4 } })).toBe(
    "From a vote to an answer by a version that used it: half within 24 s, 95 % within 31 s, over the last 64 votes.",
  );
  expect(latencyWords({ toLive, toAnswer: null })).toContain("Nobody has asked");
  expect(latencyWords({ toLive: null, toAnswer: null })).toBeUndefined();
});

it("rounds up, in the unit that people would use", () => {
  expect([1.21, 30.01, 120, 7200, 172800].map(duration)).toEqual(["1.3 s", "31 s", "2 min", "2 h", "2 days"]);
});
