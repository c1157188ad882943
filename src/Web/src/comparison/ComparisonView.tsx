import { Plus } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Comparison, Turn } from "../api/shapes";
import { useAnyWriting } from "../chat/useShownTurn";
import { useNotify } from "../controls/Toasts";
import { parentKeyOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { DemonstrationEditor } from "../feedback/DemonstrationEditor";
import { FeedbackStateLabel } from "../feedback/FeedbackStateLabel";
import { longestComment, type Says } from "../feedback/judgements";
import { answersTo } from "../feedback/OwnAnswer";
import { useFeedback } from "../feedback/useFeedback";
import { Pane } from "./Pane";
import { PlacePicker } from "./PlacePicker";
import { RankingBar } from "./RankingBar";
import { useComparisonJudgement, useDecide } from "./useComparison";
import { type Ranking, useRanking } from "./useRanking";
import { VerdictBar } from "./VerdictBar";
import { chosenBy } from "./verdicts";
import "./comparison.css";

const mostCompared = 4;

interface Props {
  comparison: Comparison;
  turns: Turn[];
}

/** Two to four answers under numbers. Which version wrote which is shown once the judgement is stored. */
export function ComparisonView({ comparison, turns }: Props) {
  const { comparisonId, decided } = comparison;
  const { judgement } = useComparisonJudgement(comparison);
  const decide = useDecide(comparison, turns);
  const writing = useAnyWriting(turns);
  const [reason, setReason] = useState<string>();
  useNoticeOfLoss(turns.length);
  const ranked = turns.length > 2;
  const disabled = writing || judgement.pending;

  const comment = reason ?? judgement.says?.comment;
  const give = useCallback((says: Says) => void decide({ ...says, comment }), [decide, comment]);
  const giveRanks = useCallback((ranks: number[]) => give({ ranks }), [give]);
  const ranking = useRanking(turns.length, judgement.says?.ranks, ranked && !decided && !disabled, giveRanks);
  return (
    <section
      className="comparison"
      data-testid="comparison"
      data-comparison-id={comparisonId}
      data-decided={decided}
      aria-label={`${turns.length} answers to compare`}
    >
      <h2 className="comparison-title">{titleOf(decided, ranked)}</h2>
      <Panes turns={turns} decided={decided} disabled={disabled} says={judgement.says} ranking={ranking} />
      {ranked ? (
        <RankingBar
          ranking={ranking}
          disabled={disabled}
          decided={decided}
          send={() => ranking.ranks && giveRanks(ranking.ranks)}
          skip={() => give({ verdict: "skip" })}
        />
      ) : (
        <VerdictBar
          verdict={judgement.says?.verdict}
          disabled={disabled}
          keys={!decided}
          give={(verdict) => give({ verdict })}
        />
      )}
      {decided ? (
        <DecidedFoot comparison={comparison} turns={turns} />
      ) : (
        <OpenFoot comparison={comparison} turns={turns} writing={writing} reason={reason ?? ""} onReason={setReason} />
      )}
    </section>
  );
}

/** A further answer that broke off is no longer part of the comparison: that its pane is gone has to be explained. */
function useNoticeOfLoss(count: number): void {
  const notify = useNotify();
  const before = useRef(count);
  useEffect(() => {
    if (count < before.current) notify("The added answer broke off. The others can be judged as they are.", "problem");
    before.current = count;
  }, [count, notify]);
}

function titleOf(decided: boolean, ranked: boolean): string {
  if (decided) return ranked ? "Your ranking" : "Your comparison";
  return ranked ? "Which answer is best, and which is worst?" : "Which answer is better?";
}

interface PanesProps {
  turns: Turn[];
  decided: boolean;
  disabled: boolean;
  says: Says | undefined;
  ranking: Ranking;
}

function Panes({ turns, decided, disabled, says, ranking }: PanesProps) {
  const ranked = turns.length > 2;
  return (
    <div className="panes" data-count={turns.length}>
      {turns.map((turn, i) => {
        const place = ranking.places[i] ?? null;
        const chosen = ranked ? place === 1 : chosenBy(says?.verdict) === i;
        return (
          <Pane
            key={turn.turnId}
            name={String(i + 1)}
            turn={turn}
            decided={decided}
            chosen={chosen}
            verdict={!ranked && chosen ? "Your choice" : undefined}
          >
            {ranked && (
              <PlacePicker
                answer={i + 1}
                count={turns.length}
                place={place}
                disabled={disabled}
                onPlace={(value) => ranking.place(i, value)}
              />
            )}
          </Pane>
        );
      })}
    </div>
  );
}

interface OpenFootProps {
  comparison: Comparison;
  turns: Turn[];
  writing: boolean;
  reason: string;
  onReason(reason: string): void;
}

function OpenFoot({ comparison: { comparisonId }, turns, writing, reason, onReason }: OpenFootProps) {
  const { addAnswer, generating } = useSession();
  const [first] = turns;
  return (
    <div className="comparison-foot">
      <label className="visually-hidden" htmlFor={`reason-${comparisonId}`}>
        Reason (optional)
      </label>
      <input
        id={`reason-${comparisonId}`}
        className="reason"
        data-testid="verdict-reason"
        placeholder="Why? (optional)"
        maxLength={longestComment}
        value={reason}
        onChange={(event) => onReason(event.target.value)}
      />
      {first && turns.length < mostCompared && (
        <button
          type="button"
          className="button quiet small"
          data-testid="add-answer"
          title={`Compare up to ${mostCompared} answers by ranking them`}
          disabled={writing || generating}
          onClick={() => void addAnswer(parentKeyOf(first), comparisonId)}
        >
          <Plus size={15} aria-hidden /> Add another answer
        </button>
      )}
      {writing && <span className="comparison-hint">You can choose once every answer is complete.</span>}
    </div>
  );
}

function DecidedFoot({ comparison, turns }: Props) {
  const { setReviewing, conversationId = "" } = useSession();
  const { withdraw } = useFeedback();
  const { target, judgement } = useComparisonJudgement(comparison);
  const [writing, setWriting] = useState(false);
  const userTurnId = turns[0]?.parentTurnId ?? "";
  // Where no answer may be good enough, one's own says more than any order of them.
  const offersOwn = judgement.says?.verdict === "bothBad" || judgement.says?.ranks;
  return (
    <>
      <div className="comparison-foot">
        <FeedbackStateLabel judgement={judgement} />
        <span className="comparison-space" />
        {offersOwn && (
          <button
            type="button"
            className="button quiet small"
            data-testid="write-own"
            aria-expanded={writing}
            onClick={() => setWriting(!writing)}
          >
            Write the answer yourself
          </button>
        )}
        {judgement.says && (
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
      </div>
      {writing && (
        <DemonstrationEditor
          target={{ kind: "demonstration", conversationId, userTurnId }}
          answers={answersTo(userTurnId, turns)}
          onClose={() => setWriting(false)}
        />
      )}
    </>
  );
}
