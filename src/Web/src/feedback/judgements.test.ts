import { describe, expect, it } from "vitest";
import type { FeedbackState, FeedbackStatus, FeedbackSubmission, Thumb } from "../api/shapes";
import {
  choiceWords,
  currentOf,
  latestOf,
  rankWords,
  saysOf,
  submissionFor,
  type Target,
  targetKey,
  targetOf,
  withStatus,
  wordsFor,
} from "./judgements";
import { learnedWords, newlyLearned } from "./useLearnedNotice";

const target: Target = { kind: "thumb", conversationId: "c", turnId: "t" };
const status = (feedbackId: string, sequence: number, state: FeedbackState, thumb: Thumb = "up"): FeedbackStatus => ({
  submission: { feedbackId, kind: "thumb", conversationId: "c", turnId: "t", thumb },
  sequence,
  recordedAt: "",
  state,
  learnedInVersion: state === "learned" ? 4 : null,
});

describe("judgements", () => {
  it("lets the newest judgement of a target supersede the older one", () => {
    const list = withStatus([status("1", 1, "recorded")], status("2", 2, "recorded", "down"));
    expect(list.map(({ state }) => state)).toEqual(["recorded", "superseded"]);
    expect(latestOf(list, target)?.submission.thumb).toBe("down");
  });

  it("updates a judgement in place and keeps what others already learned", () => {
    const list = withStatus([status("1", 1, "learned"), status("2", 2, "recorded")], status("2", 2, "inTraining"));
    expect(list.map(({ state }) => state)).toEqual(["inTraining", "learned"]);
  });

  it("sends only what its kind needs", () => {
    expect(submissionFor(target, { thumb: "up", comment: "  " }, "id")).toEqual({
      feedbackId: "id",
      kind: "thumb",
      conversationId: "c",
      turnId: "t",
      thumb: "up",
    });
    const pair: Target = { kind: "pair", conversationId: "c", comparisonId: "p" };
    expect(submissionFor(pair, { verdict: "bothBad", comment: " too long " }, "id")).toEqual({
      feedbackId: "id",
      kind: "pair",
      conversationId: "c",
      comparisonId: "p",
      verdict: "bothBad",
      comment: "too long",
    });
  });

  it("keeps the kinds of one answer apart, and finds each target again", () => {
    const about = { conversationId: "c", turnId: "t" };
    const rating = submissionFor({ kind: "rating", ...about }, { stars: 4 }, "r");
    const comment = submissionFor({ kind: "comment", ...about }, { comment: "so" }, "c");
    expect(targetKey(targetOf(rating))).not.toBe(targetKey(targetOf(comment)));
    const of = (submission: FeedbackSubmission, sequence: number) => ({
      ...status("", sequence, "recorded"),
      submission,
    });
    const list = withStatus([of(rating, 1)], of(comment, 2));
    expect(list.map(({ state }) => state)).toEqual(["recorded", "recorded"]);
    expect(latestOf(list, { kind: "rating", ...about })?.submission.stars).toBe(4);
  });

  it("files a demonstration under its message and names the answer that it began from", () => {
    const own: Target = { kind: "demonstration", conversationId: "c", userTurnId: "u" };
    const submission = submissionFor(own, { text: " mine ", turnId: "t" }, "id");
    expect(submission).toEqual({ feedbackId: "id", ...own, text: "mine", turnId: "t" });
    expect(targetOf(submission)).toEqual(own);
    expect(saysOf(submission)).toMatchObject({ text: "mine", turnId: "t" });
  });

  it("does not list the skip of what was ranked later, unless the ranking was taken back", () => {
    const about = { conversationId: "c", comparisonId: "p" };
    const skip = submissionFor({ kind: "pair", ...about }, { verdict: "skip" }, "s");
    const ranking = submissionFor({ kind: "ranking", ...about }, { ranks: [2, 1, 2] }, "r");
    const list = [
      { ...status("", 2, "recorded"), submission: ranking },
      { ...status("", 1, "recorded"), submission: skip },
    ];
    expect(currentOf(list).map(({ submission }) => submission.kind)).toEqual(["ranking"]);
    const withdrawn = list.map((s) => (s.submission === ranking ? { ...s, state: "withdrawn" as const } : s));
    expect(currentOf(withdrawn)).toHaveLength(2);
  });

  it("has words for each kind", () => {
    expect(rankWords([2, 1, 2])).toBe("Ranked 3 answers: 2, then 1 = 3");
    const words = (rest: Partial<FeedbackSubmission>) =>
      choiceWords({ feedbackId: "", kind: "comment", conversationId: "c", ...rest });
    expect(words({ kind: "rating", stars: 4 })).toBe("4 of 5 stars");
    expect(words({ kind: "correction", text: "x" })).toBe("Your correction");
  });

  it("says in words what became of it", () => {
    expect(wordsFor(status("1", 1, "learned")).short).toBe("Learned in v4");
    expect(wordsFor(status("1", 1, "notUsed")).short).toContain("consent");
    expect(wordsFor(status("1", 1, "waitsForReview")).long).toContain("until a reviewer has looked");
    expect(wordsFor(status("1", 1, "rejected")).short).toContain("Not used");
  });
});

describe("the notice of learned judgements", () => {
  it("counts those that were waiting, by version", () => {
    const list = [status("1", 1, "learned"), status("2", 2, "learned"), status("3", 3, "recorded")];
    const { learned, still } = newlyLearned(new Set(["1"]), list);
    expect([...learned]).toEqual([[4, ["1"]]]);
    expect(still).toEqual(["3"]);
  });

  it("says used, and live only while it is", () => {
    expect(learnedWords(4, 1, 4)).toBe("Your feedback was used in v4, which is live now");
    expect(learnedWords(4, 3, 5)).toBe("3 of your judgements were used in v4");
  });
});
