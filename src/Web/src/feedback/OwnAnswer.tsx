import type { Turn } from "../api/shapes";
import { Markdown } from "../chat/Markdown";
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
  const { conversationId = "", snapshot } = useSession();
  const { judgementOf } = useFeedback();
  const target: Target = { kind: "demonstration", conversationId, userTurnId: turn.turnId };
  const own = judgementOf(target).says?.text;
  if (!writing && !own) return null;
  return (
    <div className="message own-answer">
      {writing ? (
        <DemonstrationEditor
          target={target}
          answers={answersTo(turn.turnId, snapshot?.turns ?? [])}
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

/** The finished answers that one's own can be begun from, oldest first. */
export function answersTo(userTurnId: string, turns: Turn[]): Turn[] {
  return turns.filter(
    ({ parentTurnId, status, text }) =>
      parentTurnId === userTurnId && (status === "complete" || status === "stopped") && text.trim() !== "",
  );
}
