import { useEffect, useRef, useState } from "react";
import type { Turn } from "../api/shapes";
import { turnsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { useShownTurn } from "./useShownTurn";

/**
 * What screen readers hear: that an answer began and that it ended (status), and then the whole of it, once (log). The streamed
 * text itself is in no live region: word by word it would drown everything else.
 */
export function Announcer() {
  const { path } = useSession();
  const last = path.at(-1)?.slot;
  const answers = last ? turnsOf(last).filter((turn) => turn.role === "assistant") : [];
  const newest = answers.find((turn) => turn.status === "generating") ?? answers.at(-1);
  return newest ? <Follow turn={newest} /> : <Regions status="" log="" />;
}

function Follow({ turn }: { turn: Turn }) {
  const shown = useShownTurn(turn);
  const before = useRef<{ turnId: string; status: string }>(undefined);
  const [said, setSaid] = useState({ status: "", log: "" });
  const { turnId, status, text } = shown;

  useEffect(() => {
    const previous = before.current;
    before.current = { turnId, status };
    if (status === "generating" && previous?.status !== "generating") {
      setSaid({ status: "An answer is being written.", log: "" });
    } else if (status !== "generating" && previous?.turnId === turnId && previous.status === "generating") {
      setSaid({ status: endings[status], log: text });
    }
  }, [turnId, status, text]);
  return <Regions {...said} />;
}

const endings = {
  complete: "The answer is complete.",
  stopped: "The answer was stopped.",
  interrupted: "The answer was interrupted.",
  failed: "The answer failed.",
};

function Regions({ status, log }: { status: string; log: string }) {
  return (
    <>
      <div className="visually-hidden" role="status" data-testid="answer-status">
        {status}
      </div>
      <div className="visually-hidden" role="log" data-testid="answer-log">
        {log}
      </div>
    </>
  );
}
