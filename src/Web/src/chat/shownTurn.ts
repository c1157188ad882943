import type { Turn, TurnStatus } from "../api/shapes";
import type { RunLog } from "./runLog";

/** A turn as it is shown: what the server has stored, and while it is being written what the run's log says. */
export interface ShownTurn extends Turn {
  /** What to do about it, when it failed. */
  problem?: string;
}

export function shownTurn(turn: Turn, log: RunLog | undefined): ShownTurn {
  if (!log) return turn;
  // The stored turn says that it failed but not why; the log does.
  if (turn.status !== "generating") return log.problem ? { ...turn, problem: log.problem } : turn;
  return {
    ...turn,
    // The stored text is ahead of the log only right after a reload, before the log's first event.
    text: log.lastSeq === 0 ? turn.text : log.text,
    status: statusOf(log),
    versions: log.versions.length > 0 ? [...log.versions] : turn.versions,
    tokenCount: log.tokenCount,
    finish: log.finish ?? null,
    problem: log.problem,
  };
}

function statusOf(log: RunLog): TurnStatus {
  if (log.phase === "streaming") return "generating";
  switch (log.finish) {
    case "stopped":
      return "stopped";
    case "interrupted":
      return "interrupted";
    case "failed":
      return "failed";
    default:
      return log.phase === "error" ? "failed" : "complete";
  }
}

/** "v3", or "v2→v3" if the version changed while the answer was written; undefined while it is not known or hidden. */
export function versionWords(versions: Turn["versions"]): string | undefined {
  const distinct = versions.map((span) => span.version).filter((version, i, all) => version !== all[i - 1]);
  return distinct.length === 0 ? undefined : distinct.map((version) => `v${version}`).join("→");
}
