import type { RunEvent } from "../api/shapes";
import type { StreamSource } from "../connection/hubLink";
import { retryDelay } from "../connection/retryPolicy";
import { applyRunEvent, emptyRunLog, freeze, gapClosed, type RunLog, thaw } from "./runLog";

interface Watched {
  conversationId: string;
  log: RunLog;
  cancel?: () => void;
  retry?: ReturnType<typeof setTimeout>;
  attempts: number;
}

/** Reads the logs of runs over a connection that comes and goes, each from where it was left. */
export class RunStore {
  private readonly runs = new Map<string, Watched>();
  private readonly listeners = new Set<() => void>();
  private readonly source: StreamSource;
  private readonly onEnded: (conversationId: string, log: RunLog) => void;

  constructor(source: StreamSource, onEnded: (conversationId: string, log: RunLog) => void) {
    this.source = source;
    this.onEnded = onEnded;
    source.onConnected(() => {
      for (const run of this.runs.values()) {
        run.attempts = 0;
        this.read(run);
      }
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get(runId: string | null | undefined): RunLog | undefined {
    return runId ? this.runs.get(runId)?.log : undefined;
  }

  /** Starts to read a run; a run that is already read goes on. */
  watch(conversationId: string, runId: string): void {
    if (this.runs.has(runId)) return;
    const run: Watched = { conversationId, log: emptyRunLog(runId), attempts: 0 };
    this.runs.set(runId, run);
    this.read(run);
    this.changed();
  }

  /** Shows nothing after this moment. Returns the number to stop at. */
  freeze(runId: string): number {
    const run = this.runs.get(runId);
    if (!run) return 0;
    this.update(run, freeze(run.log));
    return run.log.lastSeq;
  }

  /** Stop failed: the answer goes on. */
  thaw(runId: string): void {
    const run = this.runs.get(runId);
    if (run?.log.phase !== "streaming") return;
    this.update(run, thaw(run.log));
    this.read(run);
  }

  /** The answer is known from elsewhere (a stop's result, a snapshot): stop reading. */
  forget(runId: string): void {
    const run = this.runs.get(runId);
    if (!run) return;
    this.release(run);
    this.runs.delete(runId);
    this.changed();
  }

  private read(run: Watched): void {
    this.release(run);
    if (run.log.phase !== "streaming" || !this.source.connected) return;
    run.log = gapClosed(run.log);
    run.cancel = this.source.stream<RunEvent>("Watch", [run.conversationId, run.log.runId, run.log.lastSeq + 1], {
      next: (event) => {
        run.attempts = 0;
        this.update(run, applyRunEvent(run.log, event));
        if (run.log.gap) this.readLater(run);
      },
      // Ended without Done or Error: the reading broke, not the run.
      ended: () => this.readLater(run),
    });
  }

  private readLater(run: Watched): void {
    this.release(run);
    if (run.log.phase !== "streaming" || !this.runs.has(run.log.runId)) return;
    // While disconnected there is nothing to try: onConnected reads again.
    if (!this.source.connected) return;
    run.retry = setTimeout(() => this.read(run), retryDelay(run.attempts++));
  }

  private release(run: Watched): void {
    clearTimeout(run.retry);
    run.cancel?.();
    run.cancel = undefined;
  }

  private update(run: Watched, log: RunLog): void {
    if (log === run.log) return;
    const ended = run.log.phase === "streaming" && log.phase !== "streaming";
    run.log = log;
    if (ended) {
      this.release(run);
      this.onEnded(run.conversationId, log);
    }
    this.changed();
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
