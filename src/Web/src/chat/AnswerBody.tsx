import { RotateCcw, TriangleAlert } from "lucide-react";
import { Markdown } from "./Markdown";
import type { ShownTurn } from "./shownTurn";

/** The text of an answer and how it ended. */
export function AnswerBody({ shown, onRetry }: { shown: ShownTurn; onRetry?: () => void }) {
  const { text, status, finish } = shown;
  return (
    <div className="answer">
      {text && (
        <div className={status === "generating" ? "answer-text writing" : "answer-text"}>
          <Markdown text={text} />
        </div>
      )}
      {status === "generating" && text === "" && (
        <p className="thinking">
          <span aria-hidden />
          <span aria-hidden />
          <span aria-hidden />
          <span className="visually-hidden">Waiting for the first words…</span>
        </p>
      )}
      {status === "stopped" && <p className="ending">{text ? "Stopped by you." : "Stopped before the first word."}</p>}
      {status === "complete" && finish === "length" && <p className="ending">Cut off at the length limit.</p>}
      {status === "complete" && text === "" && <p className="ending">The model ended its answer without a word.</p>}
      {(status === "failed" || status === "interrupted") && (
        <div className="notice" role="alert">
          <TriangleAlert size={17} aria-hidden />
          <span className="notice-text">
            {shown.problem ||
              (status === "interrupted"
                ? "The server was restarted while this answer was being written. What was stored is kept."
                : "The answer failed.")}
          </span>
          {onRetry && (
            <button type="button" className="button quiet small" data-testid="retry" onClick={onRetry}>
              <RotateCcw size={14} aria-hidden /> Try again
            </button>
          )}
        </div>
      )}
    </div>
  );
}
