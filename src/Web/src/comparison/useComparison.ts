import { useCallback } from "react";
import type { Comparison, Turn } from "../api/shapes";
import { keys, updateSnapshot, useServices } from "../app/services";
import { parentKeyOf, turnIdsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import type { Says, Target } from "../feedback/judgements";
import { type Judgement, useFeedback } from "../feedback/useFeedback";
import { continuesWith } from "./verdicts";

/** What was said of a comparison: two answers get a verdict, more a ranking; a comparison of any size may be skipped. */
export function useComparisonJudgement(comparison: Comparison): { target: Target; judgement: Judgement } {
  const { conversationId = "" } = useSession();
  const { judgementOf } = useFeedback();
  const { comparisonId } = comparison;
  const pair: Target = { kind: "pair", conversationId, comparisonId };
  const verdict = judgementOf(pair);
  if (turnIdsOf(comparison).length === 2) return { target: pair, judgement: verdict };
  const target: Target = { kind: "ranking", conversationId, comparisonId };
  const ranking = judgementOf(target);
  const counts = ({ says, pending }: Judgement) => says !== undefined || pending;
  const skipped = counts(ranking) ? false : counts(verdict) || !ranking.status;
  return skipped && (verdict.status || verdict.pending)
    ? { target: pair, judgement: verdict }
    : { target, judgement: ranking };
}

/** Stores what the user says of a comparison, ends its blind, and goes on with the better answer. */
export function useDecide(comparison: Comparison, turns: Turn[]): (says: Says) => Promise<void> {
  const { queries } = useServices();
  const { conversationId = "", choose, setReviewing } = useSession();
  const { judge } = useFeedback();
  const { comparisonId } = comparison;
  return useCallback(
    async (says) => {
      const status = await judge({ kind: says.ranks ? "ranking" : "pair", conversationId, comparisonId }, says);
      if (!status) return;
      updateSnapshot(queries, conversationId, (snapshot) => ({
        ...snapshot,
        comparisons: snapshot.comparisons.map((c) => (c.comparisonId === comparisonId ? { ...c, decided: true } : c)),
      }));
      setReviewing(comparisonId);
      const [first] = turns;
      if (first) choose(parentKeyOf(first), continuesWith(says, turns));
      // The versions, hidden until now.
      void queries.invalidateQueries({ queryKey: keys.conversation(conversationId) });
    },
    [judge, conversationId, comparisonId, queries, setReviewing, choose, turns],
  );
}
