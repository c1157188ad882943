import { useCallback, useState } from "react";
import type { Comparison, Turn, Verdict } from "../api/shapes";
import { keys, updateSnapshot, useServices } from "../app/services";
import { AnswerBody } from "../chat/AnswerBody";
import type { ShownTurn } from "../chat/shownTurn";
import { useShownTurn } from "../chat/useShownTurn";
import { VersionBadge } from "../chat/VersionBadge";
import { parentKeyOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { FeedbackStateLabel } from "../feedback/FeedbackStateLabel";
import type { Target } from "../feedback/judgements";
import { useFeedback } from "../feedback/useFeedback";
import { useVerdictKeys } from "./useVerdictKeys";
import { continuesWith, verdicts } from "./verdicts";
import "./comparison.css";

interface Props {
  comparison: Comparison;
  left: Turn;
  right: Turn;
}

/** Two answers under the names 1 and 2. Which version wrote which is shown once a verdict is stored. */
export function ComparisonView({ comparison, left, right }: Props) {
  const { queries } = useServices();
  const { conversationId = "", choose, setReviewing } = useSession();
  const { judgementOf, judge, withdraw } = useFeedback();
  const shownLeft = useShownTurn(left);
  const shownRight = useShownTurn(right);
  const [reason, setReason] = useState("");
  const { comparisonId, decided } = comparison;
  const target: Target = { kind: "pair", conversationId, comparisonId };
  const judgement = judgementOf(target);
  const ready = shownLeft.status !== "generating" && shownRight.status !== "generating";

  const give = useCallback(
    async (verdict: Verdict) => {
      const status = await judge({ kind: "pair", conversationId, comparisonId }, { verdict, comment: reason });
      if (!status) return;
      updateSnapshot(queries, conversationId, (snapshot) => ({
        ...snapshot,
        comparisons: snapshot.comparisons.map((c) => (c.comparisonId === comparisonId ? { ...c, decided: true } : c)),
      }));
      setReviewing(comparisonId);
      choose(parentKeyOf(left), continuesWith(verdict, comparison, left, right));
      // The versions, hidden until now.
      void queries.invalidateQueries({ queryKey: keys.conversation(conversationId) });
    },
    [judge, conversationId, comparisonId, reason, queries, setReviewing, choose, comparison, left, right],
  );

  useVerdictKeys(ready && !decided && !judgement.pending, give);

  return (
    <section
      className="comparison"
      data-testid="comparison"
      data-comparison-id={comparisonId}
      data-decided={decided}
      aria-label="Two answers to compare"
    >
      <h2 className="comparison-title">{decided ? "Your comparison" : "Which answer is better?"}</h2>
      <div className="panes">
        <Pane name="1" shown={shownLeft} decided={decided} chosen={judgement.says?.verdict === "left"} />
        <Pane name="2" shown={shownRight} decided={decided} chosen={judgement.says?.verdict === "right"} />
      </div>
      <fieldset className="verdicts" disabled={!ready || judgement.pending}>
        <legend className="visually-hidden">Verdict</legend>
        {verdicts.map(({ verdict, label, key, testId }) => (
          <button
            key={verdict}
            type="button"
            className={verdict === "skip" ? "button quiet" : "button"}
            data-testid={testId}
            aria-pressed={judgement.says?.verdict === verdict}
            aria-keyshortcuts={key}
            onClick={() => void give(verdict)}
          >
            {label}
            {key && !decided && (
              <kbd className="key" aria-hidden>
                {key}
              </kbd>
            )}
          </button>
        ))}
      </fieldset>
      <div className="comparison-foot">
        {!decided ? (
          <>
            <label className="visually-hidden" htmlFor={`reason-${comparisonId}`}>
              Reason (optional)
            </label>
            <input
              id={`reason-${comparisonId}`}
              className="reason"
              data-testid="verdict-reason"
              placeholder="Why? (optional)"
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
            {!ready && <span className="comparison-hint">You can choose once both answers are complete.</span>}
          </>
        ) : (
          <>
            <FeedbackStateLabel judgement={judgement} />
            <span className="comparison-space" />
            {judgement.says?.verdict && (
              <button
                type="button"
                className="button quiet small"
                data-testid="verdict-withdraw"
                disabled={judgement.pending}
                onClick={() => void withdraw(target)}
              >
                Withdraw
              </button>
            )}
            <button
              type="button"
              className="button small"
              data-testid="comparison-close"
              onClick={() => setReviewing(undefined)}
            >
              Done
            </button>
          </>
        )}
      </div>
    </section>
  );
}

interface PaneProps {
  name: string;
  shown: ShownTurn;
  decided: boolean;
  chosen: boolean;
}

function Pane({ name, shown, decided, chosen }: PaneProps) {
  return (
    <article
      className={chosen ? "pane chosen" : "pane"}
      aria-label={`Answer ${name}`}
      aria-busy={shown.status === "generating"}
      data-testid="message-assistant"
      data-turn-id={shown.turnId}
      data-status={shown.status}
    >
      <header>
        <span className="pane-name">{name}</span>
        {chosen && decided && <span className="chip pane-chosen">Your choice</span>}
        {decided && <VersionBadge versions={shown.versions} />}
      </header>
      <AnswerBody shown={shown} />
    </article>
  );
}
