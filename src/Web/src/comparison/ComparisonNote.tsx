import type { Comparison } from "../api/shapes";
import { decidedComparisonOf, turnIdsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import type { Says } from "../feedback/judgements";
import { ordinal } from "./ranks";
import { useComparisonJudgement } from "./useComparison";
import { chosenBy } from "./verdicts";

/** Under an answer that was compared: what was said of it, and the way back to the comparison. */
export function ComparisonNote({ turnId }: { turnId: string }) {
  const { snapshot } = useSession();
  const comparison = decidedComparisonOf(turnId, snapshot?.comparisons ?? []);
  return comparison ? <Note comparison={comparison} turnId={turnId} /> : null;
}

function Note({ comparison, turnId }: { comparison: Comparison; turnId: string }) {
  const { setReviewing } = useSession();
  const { judgement } = useComparisonJudgement(comparison);
  return (
    <button
      type="button"
      className="button quiet small note"
      data-testid="review-comparison"
      title="Show all compared answers and change or withdraw what you said of them"
      onClick={() => setReviewing(comparison.comparisonId)}
    >
      {noteWords(judgement.says, turnIdsOf(comparison), turnId)}
    </button>
  );
}

function noteWords(says: Says | undefined, turnIds: string[], turnId: string): string {
  const at = turnIds.indexOf(turnId);
  const rank = says?.ranks?.[at];
  if (rank) return `Ranked ${ordinal(rank)} of ${turnIds.length}`;
  if (chosenBy(says?.verdict) === at) return "Preferred";
  return says?.verdict === "tie" ? "Tied" : "Compared";
}
