import type { FinishReason, RunEvent, VersionSpan } from "../api/shapes";

/**
 * What a reader knows of a run: a pure fold over its numbered events. The same event twice changes nothing, and a missing one
 * is noticed: `gap` asks the reader to watch again from `lastSeq + 1`.
 */
export interface RunLog {
  readonly runId: string;
  readonly lastSeq: number;
  readonly text: string;
  readonly versions: readonly VersionSpan[];
  readonly tokenCount: number;
  readonly phase: "streaming" | "done" | "error";
  readonly finish?: FinishReason;
  /** What to do, in the server's words, when the phase is error. */
  readonly problem?: string;
  readonly gap: boolean;
  /** The user pressed stop after this event: later text is not shown, because it will not be stored. */
  readonly frozenAt?: number;
}

export function emptyRunLog(runId: string): RunLog {
  return { runId, lastSeq: 0, text: "", versions: [], tokenCount: 0, phase: "streaming", gap: false };
}

export function applyRunEvent(log: RunLog, event: RunEvent): RunLog {
  if (event.seq <= log.lastSeq || log.phase !== "streaming") return log;

  const terminal = event.kind === "done" || event.kind === "error";
  if (log.frozenAt !== undefined && !terminal) return log;

  // A snapshot holds everything up to its number, and after a stop the end is all that matters: neither can leave a gap.
  const contiguous = event.seq === log.lastSeq + 1 || event.kind === "snapshot" || log.frozenAt !== undefined;
  if (!contiguous) return log.gap ? log : { ...log, gap: true };

  const next: RunLog = {
    ...log,
    lastSeq: event.seq,
    gap: false,
    tokenCount: Math.max(log.tokenCount, event.tokenCount ?? 0),
  };
  switch (event.kind) {
    case "snapshot":
      return { ...next, text: event.text, versions: withVersion(log, event.version, event.tokenCount) };
    case "delta":
      return { ...next, text: log.text + event.text };
    case "version":
      return { ...next, versions: withVersion(log, event.version, event.tokenCount) };
    case "done":
      return { ...next, phase: "done", finish: event.finish ?? undefined };
    case "error":
      return { ...next, phase: "error", finish: event.finish ?? "failed", problem: event.text };
  }
}

/** Stop was pressed: what is on screen is the end of the answer. */
export function freeze(log: RunLog): RunLog {
  return log.phase === "streaming" ? { ...log, frozenAt: log.lastSeq } : log;
}

/** Stop failed: read on where the freeze began. */
export function thaw(log: RunLog): RunLog {
  return { ...log, frozenAt: undefined };
}

/** A new watch has begun at `lastSeq + 1`. */
export function gapClosed(log: RunLog): RunLog {
  return log.gap ? { ...log, gap: false } : log;
}

function withVersion(log: RunLog, version: number | null | undefined, firstToken: number): readonly VersionSpan[] {
  if (version == null || log.versions.at(-1)?.version === version) return log.versions;
  return [...log.versions, { version, firstToken: log.versions.length === 0 ? 0 : firstToken }];
}
