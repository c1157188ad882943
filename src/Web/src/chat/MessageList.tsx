import { Fragment } from "react";
import { ComparisonView } from "../comparison/ComparisonView";
import { comparedTurns, type PathNode, turnIdsOf, turnsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { AssistantMessage } from "./AssistantMessage";
import { UserMessage } from "./UserMessage";
import "./messages.css";

export function MessageList() {
  const { path, outgoing } = useSession();
  // A message that is on its way replaces what was at its place, as it will once it is stored.
  const cut = outgoing ? placeOf(path, outgoing.parentTurnId) : path.length;
  const shown = path.slice(0, cut);
  return (
    <div className="messages">
      {shown.map((node, i) => (
        <Fragment key={node.slot.key}>
          <Message node={node} previousVersion={versionBefore(shown, i)} last={i === shown.length - 1} />
        </Fragment>
      ))}
      {outgoing && (
        <article className="message user sending" aria-label="You">
          <div className="bubble">{outgoing.text}</div>
        </article>
      )}
    </div>
  );
}

function Message({ node, previousVersion, last }: { node: PathNode; previousVersion?: number; last: boolean }) {
  const { snapshot, reviewing } = useSession();
  const { slot } = node;
  if (slot.kind === "comparison") {
    return <ComparisonView comparison={slot.comparison} turns={slot.turns} />;
  }
  const { turn } = slot;
  if (turn.role === "user") return <UserMessage node={node} turn={turn} />;

  const reviewed = snapshot?.comparisons.find((c) => c.comparisonId === reviewing);
  if (reviewed?.decided && turnIdsOf(reviewed).includes(turn.turnId)) {
    const turns = comparedTurns(reviewed, snapshot?.turns ?? []);
    if (turns) return <ComparisonView comparison={reviewed} turns={turns} />;
  }
  return <AssistantMessage node={node} turn={turn} previousVersion={previousVersion} last={last} />;
}

function placeOf(path: PathNode[], parentTurnId: string | null): number {
  if (parentTurnId === null) return 0;
  const at = path.findIndex((node) => turnsOf(node.slot).some((turn) => turn.turnId === parentTurnId));
  return at < 0 ? path.length : at + 1;
}

function versionBefore(path: PathNode[], index: number): number | undefined {
  for (let i = index - 1; i >= 0; i--) {
    const slot = path[i]?.slot;
    const version = slot?.kind === "turn" ? slot.turn.versions.at(-1)?.version : undefined;
    if (version !== undefined) return version;
  }
  return undefined;
}
