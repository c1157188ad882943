import { describe, expect, it } from "vitest";
import type { Comparison, ConversationSnapshot, Turn } from "../api/shapes";
import { activePath, choicesTo, decidedComparisonOf, leafTurnId, turnsOf } from "./tree";

let clock = 0;
const turn = (turnId: string, parentTurnId: string | null, role: Turn["role"]): Turn => ({
  turnId,
  parentTurnId,
  role,
  text: turnId,
  status: "complete",
  createdAt: new Date(++clock * 1000).toISOString(),
  versions: [],
  tokenCount: 0,
});
const comparison = (
  leftTurnId: string,
  rightTurnId: string,
  decided = false,
  ...moreTurnIds: string[]
): Comparison => ({
  comparisonId: `${leftTurnId}|${rightTurnId}`,
  leftTurnId,
  rightTurnId,
  issuedAt: "",
  decided,
  moreTurnIds,
});
const conversation = (turns: Turn[], comparisons: Comparison[] = []): ConversationSnapshot => ({
  conversationId: "c",
  title: "",
  createdAt: "",
  updatedAt: "",
  turns,
  comparisons,
});
const keysOf = (snapshot: ConversationSnapshot, choices = {}) => activePath(snapshot, choices).map((n) => n.slot.key);

const u1 = turn("u1", null, "user");
const a1 = turn("a1", "u1", "assistant");
const a2 = turn("a2", "u1", "assistant");
const u2 = turn("u2", "a1", "user");
const edited = turn("u1b", null, "user");

describe("activePath", () => {
  it("is empty for an empty conversation", () => {
    expect(activePath(conversation([]), {})).toEqual([]);
    expect(leafTurnId([])).toBeNull();
  });

  it("takes the newest sibling unless another was chosen", () => {
    const snapshot = conversation([u1, a1, a2, u2]);
    expect(keysOf(snapshot)).toEqual(["u1", "a2"]);
    expect(keysOf(snapshot, { u1: "a1" })).toEqual(["u1", "a1", "u2"]);
    const node = activePath(snapshot, { u1: "a1" })[1];
    expect([node?.index, node?.siblings.length]).toEqual([0, 2]);
  });

  it("branches at the first message too", () => {
    const snapshot = conversation([u1, a1, edited]);
    expect(keysOf(snapshot)).toEqual(["u1b"]);
    expect(keysOf(snapshot, { root: "u1" })).toEqual(["u1", "a1"]);
  });

  it("leads to a turn of another branch", () => {
    const snapshot = conversation([u1, a1, a2, u2, edited]);
    const choices = choicesTo(snapshot.turns, "u2");
    expect(choices).toEqual([
      ["root", "u1"],
      ["u1", "a1"],
      ["a1", "u2"],
    ]);
    expect(keysOf(snapshot, Object.fromEntries(choices))).toEqual(["u1", "a1", "u2"]);
    expect(choicesTo(snapshot.turns, "gone")).toEqual([]);
  });

  it("falls back to the newest when the chosen turn is gone", () => {
    expect(keysOf(conversation([u1, a1]), { u1: "gone" })).toEqual(["u1", "a1"]);
  });

  it("puts both halves of an open comparison into one slot", () => {
    const snapshot = conversation([u1, a1, a2], [comparison("a2", "a1")]);
    expect(keysOf(snapshot)).toEqual(["u1", "a2|a1"]);
    expect(leafTurnId(activePath(snapshot, {}))).toBe("a1");
  });

  it("lets a third answer join the slot of the open comparison", () => {
    const a3 = turn("a3", "u1", "assistant");
    const [, node] = activePath(conversation([u1, a1, a2, a3], [comparison("a2", "a1", false, "a3")]), {});
    expect(node?.siblings).toHaveLength(1);
    expect(node && turnsOf(node.slot).map(({ turnId }) => turnId)).toEqual(["a2", "a1", "a3"]);
  });

  it("goes on below an open comparison under the half that has follow-ups", () => {
    const snapshot = conversation([u1, a1, a2, u2], [comparison("a2", "a1")]);
    expect(keysOf(snapshot)).toEqual(["u1", "a2|a1", "u2"]);
  });

  it("shows the halves one by one after the verdict", () => {
    const snapshot = conversation([u1, a1, a2], [comparison("a1", "a2", true)]);
    expect(keysOf(snapshot, { u1: "a1" })).toEqual(["u1", "a1"]);
    expect(decidedComparisonOf("a1", snapshot.comparisons)?.comparisonId).toBe("a1|a2");
  });
});
