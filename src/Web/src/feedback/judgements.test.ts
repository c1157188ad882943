import { describe, expect, it } from "vitest";
import type { FeedbackState, FeedbackStatus, Thumb } from "../api/shapes";
import { latestOf, submissionFor, type Target, withStatus, wordsFor } from "./judgements";
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
    expect(submissionFor(target, "up", "id", "  ")).toEqual({
      feedbackId: "id",
      kind: "thumb",
      conversationId: "c",
      turnId: "t",
      thumb: "up",
    });
    const pair: Target = { kind: "pair", conversationId: "c", comparisonId: "p" };
    expect(submissionFor(pair, "bothBad", "id", " too long ")).toEqual({
      feedbackId: "id",
      kind: "pair",
      conversationId: "c",
      comparisonId: "p",
      verdict: "bothBad",
      comment: "too long",
    });
  });

  it("says in words what became of it", () => {
    expect(wordsFor(status("1", 1, "learned")).short).toBe("Learned in v4");
    expect(wordsFor(status("1", 1, "notUsed")).short).toContain("consent");
  });
});

describe("the notice of learned judgements", () => {
  it("counts those that were waiting, by version", () => {
    const list = [status("1", 1, "learned"), status("2", 2, "learned"), status("3", 3, "recorded")];
    const { learned, still } = newlyLearned(new Set(["1"]), list);
    expect([...learned]).toEqual([[4, 1]]);
    expect(still).toEqual(["3"]);
  });

  it("says used, and live only while it is", () => {
    expect(learnedWords(4, 1, 4)).toBe("Your feedback was used in v4, which is live now");
    expect(learnedWords(4, 3, 5)).toBe("3 of your judgements were used in v4");
  });
});
