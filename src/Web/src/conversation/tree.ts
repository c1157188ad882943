import type { Comparison, ConversationSnapshot, Turn } from "../api/shapes";

/** One place among siblings: a turn, or answers that wait side by side for a verdict, in the order shown. */
export type Slot =
  | { kind: "turn"; key: string; turn: Turn }
  | { kind: "comparison"; key: string; comparison: Comparison; turns: Turn[] };

export interface PathNode {
  slot: Slot;
  parentKey: string;
  siblings: Slot[];
  index: number;
}

/** Which child was chosen under which parent. */
export type BranchChoices = Readonly<Record<string, string>>;

const root = "root";

export function parentKeyOf(turn: Turn): string {
  return turn.parentTurnId ?? root;
}

/** The path on screen: from the root, at each fork the chosen child, else the newest. */
export function activePath(snapshot: ConversationSnapshot, choices: BranchChoices): PathNode[] {
  const children = childrenByParent(snapshot.turns);
  const path: PathNode[] = [];
  let parentKey = root;
  for (;;) {
    const siblings = slotsOf(children.get(parentKey) ?? [], snapshot.comparisons);
    if (siblings.length === 0) return path;
    const index = chosenIndex(siblings, choices[parentKey]);
    const slot = siblings[index];
    if (!slot) return path;
    path.push({ slot, parentKey, siblings, index });
    parentKey = continuation(slot, children);
  }
}

/** The choices, from the root on, that bring a turn on screen. */
export function choicesTo(turns: Turn[], turnId: string): [parentKey: string, turnId: string][] {
  const byId = new Map(turns.map((turn) => [turn.turnId, turn]));
  const choices: [string, string][] = [];
  for (let turn = byId.get(turnId); turn; turn = byId.get(turn.parentTurnId ?? "")) {
    choices.unshift([parentKeyOf(turn), turn.turnId]);
  }
  return choices;
}

/** The turn that the next message follows; null for the first message. */
export function leafTurnId(path: PathNode[]): string | null {
  const last = path.at(-1);
  return last ? continuation(last.slot, new Map()) : null;
}

export function turnsOf(slot: Slot): Turn[] {
  return slot.kind === "turn" ? [slot.turn] : slot.turns;
}

/** The answers of a comparison in the order shown: "1" first. */
export function turnIdsOf({ leftTurnId, rightTurnId, moreTurnIds }: Comparison): string[] {
  return [leftTurnId, rightTurnId, ...moreTurnIds];
}

/** Those answers themselves; undefined if the snapshot lacks one. */
export function comparedTurns(comparison: Comparison, turns: Turn[]): Turn[] | undefined {
  const found = turnIdsOf(comparison).flatMap((id) => turns.find(({ turnId }) => turnId === id) ?? []);
  return found.length === turnIdsOf(comparison).length ? found : undefined;
}

/** The comparison that an answer was part of and that is decided; the newest if there are several. */
export function decidedComparisonOf(turnId: string, comparisons: Comparison[]): Comparison | undefined {
  return comparisons.findLast((c) => c.decided && turnIdsOf(c).includes(turnId));
}

function childrenByParent(turns: Turn[]): Map<string, Turn[]> {
  const children = new Map<string, Turn[]>();
  for (const turn of turns) {
    const key = parentKeyOf(turn);
    const list = children.get(key);
    if (list) list.push(turn);
    else children.set(key, [turn]);
  }
  return children;
}

/** The answers of an open comparison share one slot, at the place of the newest, so that none is seen alone before the verdict. */
function slotsOf(siblings: Turn[], comparisons: Comparison[]): Slot[] {
  const open = comparisons.filter((c) => !c.decided);
  const slots: Slot[] = [];
  const placed = new Set<string>();
  for (const turn of [...siblings].reverse()) {
    if (placed.has(turn.turnId)) continue;
    const comparison = open.find((c) => turnIdsOf(c).includes(turn.turnId));
    const turns = comparison && comparedTurns(comparison, siblings);
    if (comparison && turns?.every(({ turnId }) => !placed.has(turnId))) {
      for (const { turnId } of turns) placed.add(turnId);
      slots.unshift({ kind: "comparison", key: comparison.comparisonId, comparison, turns });
    } else {
      placed.add(turn.turnId);
      slots.unshift({ kind: "turn", key: turn.turnId, turn });
    }
  }
  return slots;
}

function chosenIndex(siblings: Slot[], choice: string | undefined): number {
  const chosen = siblings.findIndex((slot) => turnsOf(slot).some((turn) => turn.turnId === choice));
  return chosen >= 0 ? chosen : siblings.length - 1;
}

/** Below an open comparison the conversation goes on under the answer that has follow-ups, else under the oldest. */
function continuation(slot: Slot, children: Map<string, Turn[]>): string {
  if (slot.kind === "turn") return slot.turn.turnId;
  const byAge = [...slot.turns].sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
  const chosen = byAge.find(({ turnId }) => children.has(turnId)) ?? byAge[0];
  return chosen?.turnId ?? slot.key;
}
