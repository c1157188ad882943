import { expect, it } from "vitest";
import type { FeedbackEffect, JudgedAnswer } from "../api/shapes";
import {
  answerName,
  likelierWords,
  logProbabilityWords,
  samplingWords,
  scoreChangeWords,
  shiftWords,
  usedWords,
} from "./words";

const answer = (rank: number | null, isOwn = false): JudgedAnswer => ({ text: "", isOwn, rank, tokenCount: 4 });
const given = (version: number, reward: number | null) => ({
  version,
  text: "Hi.",
  tokenCount: 2,
  finish: "endOfTurn" as const,
  reward,
});
const effect: FeedbackEffect = {
  feedbackId: "f",
  version: 3,
  parentVersion: 2,
  judgementCount: 32,
  use: "training",
  prompt: [{ role: "user", text: "Hello" }],
  sampling: { temperature: 0.8, seed: 1 },
  before: given(2, -0.25),
  after: given(3, 1.5),
  answers: [answer(1), answer(2)],
};

it("says that a version used a judgement, and never that the judgement caused anything", () => {
  expect(usedWords(effect)).toBe("Version 3 used this judgement together with 31 others.");
  expect(usedWords({ ...effect, judgementCount: 2 })).toBe("Version 3 used this judgement together with 1 other.");
  expect(usedWords({ ...effect, judgementCount: 1 })).toBe("Version 3 used this judgement.");
  expect(usedWords({ ...effect, use: "checking" })).toContain("not to learn from");
  expect(usedWords({ ...effect, use: "leftOut" })).toContain("nothing could be learned from it");
  for (const use of ["training", "checking", "leftOut"] as const)
    expect(usedWords({ ...effect, use })).not.toMatch(/caus|because of/i);
});

it("says how both versions were sampled", () => {
  expect(samplingWords(effect)).toBe(
    "What versions 2 and 3 answer to it, with the same random seed, at temperature 0.8.",
  );
  expect(samplingWords({ ...effect, sampling: { temperature: 0 } })).toContain("likeliest word");
});

it("names the judged answers by what was said of them", () => {
  const names = (...answers: JudgedAnswer[]) => answers.map((one) => answerName(one, answers));
  expect(names(answer(2), answer(1))).toEqual(["The other one", "The better one"]);
  expect(names(answer(1), answer(1))).toEqual(["One of the two", "One of the two"]);
  expect(names(answer(2), answer(1), answer(3))).toEqual(["Place 2", "Place 1", "Place 3"]);
  expect(names(answer(null))).toEqual(["The answer"]);
  expect(names(answer(1, true), answer(2))).toEqual(["Your text", "The answer"]);
});

it("puts nats into times", () => {
  expect(likelierWords(Math.log(2.4))).toBe("2.4 times likelier");
  expect(likelierWords(-Math.log(2.4))).toBe("2.4 times less likely");
  expect(likelierWords(0.01)).toBe("as likely as before");
  expect(likelierWords(Math.log(37.2))).toBe("37 times likelier");
  expect(likelierWords(20)).toBe("over 1,000 times likelier");
  expect(shiftWords(Math.log(3))).toContain("became 3.0 times likelier");
  expect(shiftWords(-Math.log(3))).toContain("became 3.0 times less likely");
  expect(shiftWords(0)).toContain("did not gain");
});

it("gives log-probabilities of the whole answer and per token", () => {
  expect(logProbabilityWords(-12.345, 5)).toEqual(["−12.35", "−2.47 a token"]);
  expect(logProbabilityWords(null, 5)).toEqual(["–", ""]);
});

it("compares scores only where there are two", () => {
  expect(scoreChangeWords(effect)).toContain("scores 1.75 higher");
  expect(scoreChangeWords({ ...effect, after: given(3, -1) })).toContain("scores 0.75 lower");
  expect(scoreChangeWords({ ...effect, after: given(3, -0.25) })).toContain("both alike");
  expect(scoreChangeWords({ ...effect, after: given(3, null) })).toBeUndefined();
});
