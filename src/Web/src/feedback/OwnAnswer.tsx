import type { Comparison, Turn } from "../api/shapes";
import { Markdown } from "../chat/Markdown";
import { turnIdsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { DemonstrationEditor } from "./DemonstrationEditor";
import type { Target } from "./judgements";
import { OwnWords } from "./OwnWords";
import { useFeedback } from "./useFeedback";

interface Props {
  /** The message that is answered. */
  turn: Turn;
  writing: boolean;
  onWrite(): void;
  onClose(): void;
  onWithdrawn(): void;
}

/** The user's own answer to a message, or the box for it. */
export function OwnAnswer({ turn, writing, onWrite, onClose, onWithdrawn }: Props) {
  const { conversationId = "", snapshot, reviewing } = useSession();
  const { judgementOf } = useFeedback();
  const target: Target = { kind: "demonstration", conversationId, userTurnId: turn.turnId };
  const compared = snapshot?.comparisons.find(
    (c) =>
      (!c.decided || c.comparisonId === reviewing) &&
      snapshot.turns.some(({ turnId, parentTurnId }) => turnId === c.leftTurnId && parentTurnId === turn.turnId),
  );
  const own = judgementOf(target).says?.text;
  if (!writing && !own) return null;
  return (
    <div className="message own-answer">
      {writing ? (
        <DemonstrationEditor
          target={target}
          answers={answersTo(turn.turnId, snapshot?.turns ?? [], compared)}
          onClose={onClose}
        />
      ) : (
        <OwnWords target={target} title="Your own answer" onChange={onWrite} onWithdrawn={onWithdrawn}>
          <Markdown text={own ?? ""} />
        </OwnWords>
      )}
    </div>
  );
}

/** The finished answers that one's own can be begun from, in the order shown: of a comparison on screen, else of their making. */
export function answersTo(userTurnId: string, turns: Turn[], compared?: Comparison): Turn[] {
  const order = compared ? turnIdsOf(compared) : [];
  const placeOf = ({ turnId }: Turn) => (order.includes(turnId) ? order.indexOf(turnId) : order.length);
  return turns
    .filter(
      ({ parentTurnId, status, text }) =>
        parentTurnId === userTurnId && (status === "complete" || status === "stopped") && text.trim() !== "",
    )
    .sort((a, b) => placeOf(a) - placeOf(b));
}
