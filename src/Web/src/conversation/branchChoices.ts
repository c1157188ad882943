import { useCallback, useEffect, useState } from "react";
import type { BranchChoices } from "./tree";

const keyOf = (conversationId: string) => `chatloop.branches.${conversationId}`;

export function readBranchChoices(conversationId: string | undefined): BranchChoices {
  if (!conversationId) return {};
  try {
    return JSON.parse(localStorage.getItem(keyOf(conversationId)) ?? "{}") as BranchChoices;
  } catch {
    return {};
  }
}

/** Which branch this browser shows. It is a matter of view, so it is kept here and not on the server. */
export function useBranchChoices(conversationId: string | undefined) {
  const [state, setState] = useState({ conversationId, choices: readBranchChoices(conversationId) });
  const current =
    state.conversationId === conversationId ? state : { conversationId, choices: readBranchChoices(conversationId) };
  if (current !== state) setState(current);

  useEffect(() => {
    if (!state.conversationId || Object.keys(state.choices).length === 0) return;
    try {
      localStorage.setItem(keyOf(state.conversationId), JSON.stringify(state.choices));
    } catch {
      // Full or blocked storage only means that the choice is forgotten on reload.
    }
  }, [state]);

  const choose = useCallback((parentKey: string, turnId: string) => {
    setState((before) => ({ ...before, choices: { ...before.choices, [parentKey]: turnId } }));
  }, []);
  return { choices: current.choices, choose };
}

export function forgetBranchChoices(conversationId: string): void {
  localStorage.removeItem(keyOf(conversationId));
}
