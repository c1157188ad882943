import type { ConversationSnapshot, RunReceipt, Turn } from "../api/shapes";

/** The snapshot with what a receipt says was started, so that the answer shows at once and not after another read. */
export function withReceipt(
  snapshot: ConversationSnapshot,
  receipt: RunReceipt,
  message?: { text: string; parentTurnId: string | null },
): ConversationSnapshot {
  const now = new Date().toISOString();
  const has = (turnId: string) => snapshot.turns.some((turn) => turn.turnId === turnId);
  const added: Turn[] = [];
  if (message && !has(receipt.userTurnId)) {
    added.push({ ...blank, turnId: receipt.userTurnId, role: "user", createdAt: now, status: "complete", ...message });
  }
  if (!has(receipt.answerTurnId)) {
    added.push({
      ...blank,
      turnId: receipt.answerTurnId,
      parentTurnId: receipt.userTurnId,
      role: "assistant",
      status: "generating",
      createdAt: now,
      runId: receipt.runId,
    });
  }
  const { comparison } = receipt;
  // The receipt of a further answer holds the comparison that it joined, with this answer in it.
  const others = snapshot.comparisons.filter((c) => c.comparisonId !== comparison?.comparisonId);
  return {
    ...snapshot,
    updatedAt: now,
    turns: [...snapshot.turns, ...added],
    comparisons: comparison ? [...others, comparison] : snapshot.comparisons,
  };
}

const blank = { text: "", versions: [], tokenCount: 0, finish: null } satisfies Partial<Turn>;

export function withTurn(snapshot: ConversationSnapshot, turn: Turn): ConversationSnapshot {
  return { ...snapshot, turns: snapshot.turns.map((other) => (other.turnId === turn.turnId ? turn : other)) };
}
