import { Check, Columns2, Copy, RotateCcw } from "lucide-react";
import type { Turn } from "../api/shapes";
import { ComparisonNote } from "../comparison/ComparisonNote";
import { IconButton } from "../controls/IconButton";
import type { PathNode } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { FeedbackStateLabel } from "../feedback/FeedbackStateLabel";
import type { Target } from "../feedback/judgements";
import { ThumbButtons } from "../feedback/ThumbButtons";
import { useFeedback } from "../feedback/useFeedback";
import { AnswerBody } from "./AnswerBody";
import { BranchNavigator } from "./BranchNavigator";
import type { ShownTurn } from "./shownTurn";
import { useCopied } from "./useCopied";
import { useShownTurn } from "./useShownTurn";
import { VersionBadge, VersionDivider } from "./VersionBadge";

interface Props {
  node: PathNode;
  turn: Turn;
  /** The version that ended the answer before this one. */
  previousVersion?: number;
  last: boolean;
}

export function AssistantMessage({ node, turn, previousVersion, last }: Props) {
  const { regenerate } = useSession();
  const shown = useShownTurn(turn);
  const firstVersion = shown.versions[0]?.version;
  const finished = shown.status !== "generating";
  return (
    <>
      {previousVersion !== undefined && firstVersion !== undefined && previousVersion !== firstVersion && (
        <VersionDivider from={previousVersion} to={firstVersion} />
      )}
      <article
        className={last ? "message assistant last" : "message assistant"}
        data-testid="message-assistant"
        data-turn-id={turn.turnId}
        data-status={shown.status}
        aria-label="Answer"
        aria-busy={!finished}
      >
        <AnswerBody shown={shown} onRetry={() => void regenerate(turn.parentTurnId ?? "")} />
        {finished && <AnswerActions node={node} shown={shown} />}
      </article>
    </>
  );
}

function AnswerActions({ node, shown }: { node: PathNode; shown: ShownTurn }) {
  const { conversationId, regenerate, compare, generating } = useSession();
  const { judgementOf } = useFeedback();
  const [copied, copy] = useCopied();
  const target: Target = { kind: "thumb", conversationId: conversationId ?? "", turnId: shown.turnId };
  // An answer that broke off by itself says nothing about the model, so it is not judged.
  const rateable = (shown.status === "complete" || shown.status === "stopped") && shown.text !== "";
  return (
    <div className="message-actions">
      <BranchNavigator node={node} noun="answer" />
      {shown.text && (
        <IconButton label={copied ? "Copied" : "Copy answer"} data-testid="copy" onClick={() => void copy(shown.text)}>
          {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
        </IconButton>
      )}
      <IconButton
        label="Regenerate"
        data-testid="regenerate"
        disabled={generating}
        onClick={() => void regenerate(shown.parentTurnId ?? "")}
      >
        <RotateCcw size={16} aria-hidden />
      </IconButton>
      {rateable && (
        <>
          <span className="action-line" aria-hidden />
          <ThumbButtons target={target} />
          <IconButton
            label="Compare with another answer"
            data-testid="compare"
            disabled={generating || shown.status !== "complete"}
            onClick={() => void compare(shown)}
          >
            <Columns2 size={16} aria-hidden />
          </IconButton>
        </>
      )}
      <FeedbackStateLabel judgement={judgementOf(target)} />
      <ComparisonNote turnId={shown.turnId} />
      <VersionBadge versions={shown.versions} />
    </div>
  );
}
