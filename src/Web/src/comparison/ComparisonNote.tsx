import { decidedComparisonOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import type { Target } from "../feedback/judgements";
import { useFeedback } from "../feedback/useFeedback";

/** Under an answer that was compared: what was said of it, and the way back to the comparison. */
export function ComparisonNote({ turnId }: { turnId: string }) {
  const { snapshot, conversationId, setReviewing } = useSession();
  const { judgementOf } = useFeedback();
  const comparison = decidedComparisonOf(turnId, snapshot?.comparisons ?? []);
  if (!comparison) return null;
  const target: Target = {
    kind: "pair",
    conversationId: conversationId ?? "",
    comparisonId: comparison.comparisonId,
  };
  const choice = judgementOf(target).says?.verdict;
  const chosen =
    choice && (choice === "left" ? comparison.leftTurnId : choice === "right" ? comparison.rightTurnId : "");
  const words = chosen === turnId ? "Preferred" : choice === "tie" ? "Tied" : "Compared";
  return (
    <button
      type="button"
      className="button quiet small note"
      data-testid="review-comparison"
      title="Show both answers and change or withdraw the verdict"
      onClick={() => setReviewing(comparison.comparisonId)}
    >
      {words}
    </button>
  );
}
