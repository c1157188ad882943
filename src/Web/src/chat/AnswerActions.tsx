import { Check, Columns2, Copy, MessageSquareText, Pencil, RotateCcw } from "lucide-react";
import { ComparisonNote } from "../comparison/ComparisonNote";
import { IconButton } from "../controls/IconButton";
import type { PathNode } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { FeedbackStateLabels } from "../feedback/FeedbackStateLabel";
import { RateButton } from "../feedback/RateButton";
import { ThumbButtons } from "../feedback/ThumbButtons";
import { useFeedback } from "../feedback/useFeedback";
import { BranchNavigator } from "./BranchNavigator";
import type { ShownTurn } from "./shownTurn";
import type { AnswerTargets, Writing } from "./useAnswerFeedback";
import { useCopied } from "./useCopied";
import { VersionBadge } from "./VersionBadge";

interface Props {
  node: PathNode;
  shown: ShownTurn;
  targets: AnswerTargets;
  rateable: boolean;
  writing: Writing | undefined;
  onWrite(writing: Writing | undefined): void;
}

/** The row under an answer. */
export function AnswerActions({ node, shown, targets, rateable, writing, onWrite }: Props) {
  const { regenerate, generating } = useSession();
  const [copied, copy] = useCopied();
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
      {rateable && <Judging shown={shown} targets={targets} writing={writing} onWrite={onWrite} />}
      <States targets={targets} />
      <ComparisonNote turnId={shown.turnId} />
      <VersionBadge versions={shown.versions} />
    </div>
  );
}

function Judging({ shown, targets, writing, onWrite }: Omit<Props, "node" | "rateable">) {
  const { compare, generating } = useSession();
  const { judgementOf } = useFeedback();
  const toggle = (kind: Writing) => onWrite(writing === kind ? undefined : kind);
  return (
    <>
      <span className="action-line" aria-hidden />
      <ThumbButtons
        target={targets.thumb}
        onJudged={(thumb) => {
          const asks = thumb !== undefined && !judgementOf(targets.comment).says && writing !== "correction";
          if (asks) onWrite("why");
          else if (writing === "why") onWrite(undefined);
        }}
      />
      <RateButton target={targets.rating} />
      <IconButton
        label="Comment on the answer"
        data-testid="comment"
        aria-expanded={writing === "comment" || writing === "why"}
        onClick={() => toggle("comment")}
      >
        <MessageSquareText size={16} aria-hidden />
      </IconButton>
      <IconButton
        label="Edit answer"
        data-testid="correct"
        aria-expanded={writing === "correction"}
        onClick={() => toggle("correction")}
      >
        <Pencil size={15} aria-hidden />
      </IconButton>
      <IconButton
        label="Compare with another answer"
        data-testid="compare"
        disabled={generating || shown.status !== "complete"}
        onClick={() => void compare(shown)}
      >
        <Columns2 size={16} aria-hidden />
      </IconButton>
    </>
  );
}

/** Words and corrections say below what became of them. */
function States({ targets }: { targets: AnswerTargets }) {
  const { judgementOf } = useFeedback();
  return (
    <FeedbackStateLabels
      of={[
        { name: "Thumb", judgement: judgementOf(targets.thumb) },
        { name: "Stars", judgement: judgementOf(targets.rating) },
      ]}
    />
  );
}
