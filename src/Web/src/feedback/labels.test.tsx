import { expect, it } from "vitest";
import type { Comparison, FeedbackState, Turn } from "../api/shapes";
import { labelsFor } from "./FeedbackStateLabel";
import { answersTo } from "./OwnAnswer";
import type { Judgement } from "./useFeedback";

const judged = (state: FeedbackState, learnedInVersion?: number): Judgement => ({
  says: state === "withdrawn" ? undefined : { thumb: "up" },
  status: {
    submission: { feedbackId: "", kind: "thumb", conversationId: "c" },
    sequence: 1,
    recordedAt: "",
    state,
    learnedInVersion,
  },
  pending: false,
});
const none: Judgement = { says: undefined, status: undefined, pending: false };
const names = (thumb: Judgement, stars: Judgement) =>
  labelsFor([
    { name: "Thumb", judgement: thumb },
    { name: "Stars", judgement: stars },
  ]).map(({ name }) => name);

it("says what became of a thumb and of stars once where it is the same, and apart where it is not", () => {
  expect(names(none, none)).toEqual([]);
  expect(names(judged("recorded"), judged("recorded"))).toEqual(["Thumb"]);
  expect(names(judged("learned", 2), judged("recorded"))).toEqual(["Thumb", "Stars"]);
  expect(names(judged("withdrawn"), judged("recorded"))).toEqual(["Stars"]);
  expect(names(judged("withdrawn"), none)).toEqual(["Thumb"]);
});

it("offers the finished answers of a message to begin from, numbered as they are on screen", () => {
  const answer = (turnId: string, over: Partial<Turn> = {}): Turn => ({
    turnId,
    parentTurnId: "u",
    role: "assistant",
    text: turnId,
    status: "complete",
    createdAt: "",
    versions: [],
    tokenCount: 1,
    ...over,
  });
  const turns = [answer("a"), answer("b"), answer("c", { status: "failed" }), answer("d", { parentTurnId: "other" })];
  const comparison: Comparison = {
    comparisonId: "p",
    leftTurnId: "b",
    rightTurnId: "a",
    moreTurnIds: [],
    issuedAt: "",
    decided: false,
  };
  expect(answersTo("u", turns).map(({ turnId }) => turnId)).toEqual(["a", "b"]);
  expect(answersTo("u", turns, comparison).map(({ turnId }) => turnId)).toEqual(["b", "a"]);
});
