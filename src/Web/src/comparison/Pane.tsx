import type { ReactNode } from "react";
import type { Turn } from "../api/shapes";
import { AnswerBody } from "../chat/AnswerBody";
import { useShownTurn } from "../chat/useShownTurn";
import { VersionBadge } from "../chat/VersionBadge";

interface Props {
  name: string;
  turn: Turn;
  decided: boolean;
  /** It is, or would be, the best. */
  chosen: boolean;
  /** What the judgement says of this answer, once it is stored. */
  verdict?: string;
  children?: ReactNode;
}

/** One of the compared answers, under a number in place of the version that wrote it. */
export function Pane({ name, turn, decided, chosen, verdict, children }: Props) {
  const shown = useShownTurn(turn);
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
        {verdict && decided && <span className={chosen ? "chip pane-chosen" : "chip"}>{verdict}</span>}
        {decided && <VersionBadge versions={shown.versions} />}
      </header>
      <AnswerBody shown={shown} />
      {children}
    </article>
  );
}
