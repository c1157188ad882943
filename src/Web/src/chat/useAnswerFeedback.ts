import { useCallback, useMemo, useRef, useState } from "react";
import { useSession } from "../conversation/useSession";
import type { Target } from "../feedback/judgements";

/** What the user is writing about an answer: a comment asked for, the reason of a thumb, or a correction. */
export type Writing = "comment" | "why" | "correction";

export interface AnswerTargets {
  thumb: Target;
  rating: Target;
  comment: Target;
  correction: Target;
}

/** What an answer can get from its reader, and which box is open for it. */
export function useAnswerFeedback(turnId: string) {
  const { conversationId = "" } = useSession();
  const [writing, setWriting] = useState<Writing>();
  const article = useRef<HTMLElement>(null);
  const targets = useMemo<AnswerTargets>(() => {
    const about = { conversationId, turnId };
    return {
      thumb: { kind: "thumb", ...about },
      rating: { kind: "rating", ...about },
      comment: { kind: "comment", ...about },
      correction: { kind: "correction", ...about },
    };
  }, [conversationId, turnId]);

  /** Gives the keyboard to a button of the row: what had it is gone. */
  const focusOn = useCallback((testId: "comment" | "correct") => {
    article.current?.querySelector<HTMLElement>(`[data-testid="${testId}"]`)?.focus();
  }, []);

  const close = useCallback(() => {
    focusOn(writing === "correction" ? "correct" : "comment");
    setWriting(undefined);
  }, [writing, focusOn]);
  return { targets, writing, setWriting, close, article, focusOn };
}
