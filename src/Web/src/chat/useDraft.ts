import { useCallback, useState } from "react";

const keyOf = (conversationId: string | undefined) => `chatloop.draft.${conversationId ?? "new"}`;

function read(conversationId: string | undefined): string {
  try {
    return localStorage.getItem(keyOf(conversationId)) ?? "";
  } catch {
    return "";
  }
}

/** What was typed and not sent, per conversation, kept over reloads. */
export function useDraft(conversationId: string | undefined): [string, (text: string) => void] {
  const [state, setState] = useState({ conversationId, text: read(conversationId) });
  const current = state.conversationId === conversationId ? state : { conversationId, text: read(conversationId) };
  if (current !== state) setState(current);

  const write = useCallback(
    (text: string) => {
      setState({ conversationId, text });
      try {
        if (text) localStorage.setItem(keyOf(conversationId), text);
        else localStorage.removeItem(keyOf(conversationId));
      } catch {
        // Without storage the draft lives as long as the page.
      }
    },
    [conversationId],
  );
  return [current.text, write];
}
