import { describe, expect, it } from "vitest";
import type { RunEvent } from "../api/shapes";
import { applyRunEvent, emptyRunLog, freeze, gapClosed, thaw } from "./runLog";

const event = (seq: number, kind: RunEvent["kind"], more: Partial<RunEvent> = {}): RunEvent => ({
  seq,
  kind,
  text: "",
  tokenCount: seq,
  ...more,
});
const delta = (seq: number, text: string) => event(seq, "delta", { text });
const fold = (...events: RunEvent[]) => events.reduce(applyRunEvent, emptyRunLog("run"));

describe("runLog", () => {
  it("appends deltas and ends with done", () => {
    const log = fold(
      event(1, "version", { version: 3, tokenCount: 0 }),
      delta(2, "Hel"),
      delta(3, "lo"),
      event(4, "done", { finish: "endOfTurn" }),
    );
    expect(log).toMatchObject({ text: "Hello", phase: "done", finish: "endOfTurn", lastSeq: 4, gap: false });
    expect(log.versions).toEqual([{ version: 3, firstToken: 0 }]);
  });

  it("ignores an event that it has already seen", () => {
    const log = fold(delta(1, "a"), delta(2, "b"));
    expect(applyRunEvent(log, delta(2, "b"))).toBe(log);
    expect(applyRunEvent(log, delta(1, "a"))).toBe(log);
  });

  it("asks to be read again after a gap and takes nothing from beyond it", () => {
    const log = fold(delta(1, "a"), delta(3, "c"));
    expect(log).toMatchObject({ text: "a", lastSeq: 1, gap: true });
    const again = [delta(2, "b"), delta(3, "c")].reduce(applyRunEvent, gapClosed(log));
    expect(again).toMatchObject({ text: "abc", lastSeq: 3, gap: false });
  });

  it("lets a snapshot replace the text, also over a gap", () => {
    const log = fold(delta(1, "a"), event(7, "snapshot", { text: "all so far", version: 4 }), delta(8, "!"));
    expect(log).toMatchObject({ text: "all so far!", lastSeq: 8, gap: false });
  });

  it("ignores a snapshot that is older than what it has", () => {
    const log = fold(delta(1, "a"), delta(2, "b"));
    expect(applyRunEvent(log, event(2, "snapshot", { text: "ab" }))).toBe(log);
  });

  it("notes where the version changed", () => {
    const log = fold(
      event(1, "version", { version: 2, tokenCount: 0 }),
      delta(2, "x"),
      event(3, "version", { version: 3, tokenCount: 9 }),
      event(4, "version", { version: 3, tokenCount: 9 }),
    );
    expect(log.versions).toEqual([
      { version: 2, firstToken: 0 },
      { version: 3, firstToken: 9 },
    ]);
  });

  it("keeps the words of an error", () => {
    const log = fold(delta(1, "a"), event(2, "error", { text: "Try again." }));
    expect(log).toMatchObject({ phase: "error", finish: "failed", problem: "Try again.", text: "a" });
  });

  it("changes nothing after the end", () => {
    const log = fold(event(1, "done", { finish: "endOfTurn" }));
    expect(applyRunEvent(log, delta(2, "late"))).toBe(log);
  });

  it("shows nothing after a freeze but sees the end", () => {
    const frozen = freeze(fold(delta(1, "a"), delta(2, "b")));
    const later = [delta(3, "c"), event(6, "done", { finish: "stopped" })].reduce(applyRunEvent, frozen);
    expect(later).toMatchObject({ text: "ab", phase: "done", finish: "stopped" });
  });

  it("reads on where it was frozen when a stop failed", () => {
    const frozen = applyRunEvent(freeze(fold(delta(1, "a"))), delta(2, "b"));
    expect([delta(2, "b"), delta(3, "c")].reduce(applyRunEvent, thaw(frozen)).text).toBe("abc");
  });
});
