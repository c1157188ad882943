import type { Turn } from "../api/shapes";
import type { PathNode } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { CorrectionEditor } from "../feedback/CorrectionEditor";
import { OwnWords } from "../feedback/OwnWords";
import { useFeedback } from "../feedback/useFeedback";
import { WordsBox } from "../feedback/WordsBox";
import { AnswerActions } from "./AnswerActions";
import { AnswerBody } from "./AnswerBody";
import { Markdown } from "./Markdown";
import { type AnswerTargets, useAnswerFeedback, type Writing } from "./useAnswerFeedback";
import { useShownTurn } from "./useShownTurn";
import { VersionDivider } from "./VersionBadge";

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
  const { targets, writing, setWriting, close, article, focusOn } = useAnswerFeedback(turn.turnId);
  const firstVersion = shown.versions[0]?.version;
  const finished = shown.status !== "generating";
  // An answer that broke off by itself says nothing about the model, so it is not judged.
  const rateable = (shown.status === "complete" || shown.status === "stopped") && shown.text !== "";
  return (
    <>
      {previousVersion !== undefined && firstVersion !== undefined && previousVersion !== firstVersion && (
        <VersionDivider from={previousVersion} to={firstVersion} />
      )}
      <article
        ref={article}
        className={last ? "message assistant last" : "message assistant"}
        data-testid="message-assistant"
        data-turn-id={turn.turnId}
        data-status={shown.status}
        aria-label="Answer"
        aria-busy={!finished}
      >
        <AnswerBody shown={shown} onRetry={() => void regenerate(turn.parentTurnId ?? "")} />
        {finished && (
          <AnswerActions
            node={node}
            shown={shown}
            targets={targets}
            rateable={rateable}
            writing={writing}
            onWrite={setWriting}
          />
        )}
        {rateable && (
          <Words
            targets={targets}
            original={shown.text}
            writing={writing}
            onWrite={setWriting}
            onClose={close}
            focusOn={focusOn}
          />
        )}
      </article>
    </>
  );
}

interface WordsProps {
  targets: AnswerTargets;
  original: string;
  writing: Writing | undefined;
  onWrite(writing: Writing): void;
  onClose(): void;
  focusOn(testId: "comment" | "correct"): void;
}

/** What the user wrote about the answer, or is writing. */
function Words({ targets, original, writing, onWrite, onClose, focusOn }: WordsProps) {
  const { judgementOf } = useFeedback();
  const correction = judgementOf(targets.correction).says?.text;
  const comment = judgementOf(targets.comment).says?.comment;
  const commenting = writing === "comment" || writing === "why";
  return (
    <>
      {writing === "correction" ? (
        <CorrectionEditor target={targets.correction} original={original} onClose={onClose} />
      ) : (
        correction && (
          <OwnWords
            target={targets.correction}
            title="Your correction"
            onChange={() => onWrite("correction")}
            onWithdrawn={() => focusOn("correct")}
          >
            <Markdown text={correction} />
          </OwnWords>
        )
      )}
      {commenting ? (
        <WordsBox
          key={writing}
          target={targets.comment}
          prompt={writing === "why" ? "Tell us why (optional)" : "Say what was wrong or right"}
          wanted={writing === "comment"}
          onClose={onClose}
        />
      ) : (
        comment && (
          <OwnWords
            target={targets.comment}
            title="Your comment"
            onChange={() => onWrite("comment")}
            onWithdrawn={() => focusOn("comment")}
          >
            <p className="own-comment">{comment}</p>
          </OwnWords>
        )
      )}
    </>
  );
}
