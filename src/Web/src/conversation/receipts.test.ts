import { expect, it } from "vitest";
import type { Comparison, ConversationSnapshot } from "../api/shapes";
import { withReceipt } from "./receipts";

const pair: Comparison = {
  comparisonId: "p",
  leftTurnId: "b",
  rightTurnId: "a",
  moreTurnIds: [],
  issuedAt: "",
  decided: false,
};
const snapshot: ConversationSnapshot = {
  conversationId: "c",
  title: "",
  createdAt: "",
  updatedAt: "",
  turns: [],
  comparisons: [pair],
};

it("lets the answer of a receipt join the open comparison", () => {
  const comparison = { ...pair, moreTurnIds: ["d"] };
  const after = withReceipt(snapshot, { runId: "r", userTurnId: "u", answerTurnId: "d", comparison });
  expect(after.comparisons).toEqual([comparison]);
  expect(after.turns).toMatchObject([{ turnId: "d", parentTurnId: "u", status: "generating" }]);
  const again = withReceipt(after, { runId: "r", userTurnId: "u", answerTurnId: "d", comparison });
  expect(again.turns).toHaveLength(1);
});
