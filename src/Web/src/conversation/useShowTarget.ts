import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import type { ConversationSnapshot } from "../api/shapes";
import { choicesTo } from "./tree";

/** What a link into a conversation wants to be seen. */
export interface ShowTarget {
  turnId?: string | null;
  comparisonId?: string | null;
}

/** Opens the branch, and the comparison, that the link which led here asked for, and scrolls there. */
export function useShowTarget(
  snapshot: ConversationSnapshot | undefined,
  choose: (parentKey: string, turnId: string) => void,
  review: (comparisonId: string | undefined) => void,
): void {
  const { state, pathname } = useLocation() as { state: { show?: ShowTarget } | null; pathname: string };
  const navigate = useNavigate();
  const show = state?.show;
  useEffect(() => {
    if (!show || !snapshot) return;
    // Asked once: a reload, or the way back, shows what the reader chose since.
    void navigate(pathname, { replace: true, state: null });
    const comparison = snapshot.comparisons.find(({ comparisonId }) => comparisonId === show.comparisonId);
    const turnId = show.turnId ?? comparison?.leftTurnId;
    if (!turnId) return;
    for (const [parentKey, chosen] of choicesTo(snapshot.turns, turnId)) choose(parentKey, chosen);
    review(comparison?.decided ? comparison.comparisonId : undefined);
    // Once it is drawn, and after the closing dialog has given the keyboard back.
    setTimeout(() => goTo(turnId), 150);
  }, [show, snapshot, pathname, navigate, choose, review]);
}

function goTo(turnId: string): void {
  const element = document.querySelector<HTMLElement>(`[data-turn-id="${CSS.escape(turnId)}"]`);
  if (!element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}
