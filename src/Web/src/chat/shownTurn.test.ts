import { describe, expect, it } from "vitest";
import type { Turn } from "../api/shapes";
import { emptyRunLog } from "./runLog";
import { shownTurn, versionWords } from "./shownTurn";

const turn: Turn = {
  turnId: "a",
  role: "assistant",
  text: "stored",
  status: "generating",
  createdAt: "",
  runId: "r",
  versions: [],
  tokenCount: 0,
};
const log = { ...emptyRunLog("r"), lastSeq: 4, text: "stored and more" };

describe("shownTurn", () => {
  it("shows the stored text until the log has begun", () => {
    expect(shownTurn(turn, emptyRunLog("r")).text).toBe("stored");
    expect(shownTurn(turn, log)).toMatchObject({ text: "stored and more", status: "generating" });
  });

  it("takes the end from the log until the server's turn is read", () => {
    expect(shownTurn(turn, { ...log, phase: "done", finish: "stopped" }).status).toBe("stopped");
    expect(shownTurn(turn, { ...log, phase: "error", problem: "Try again." })).toMatchObject({
      status: "failed",
      problem: "Try again.",
    });
  });

  it("leaves a stored answer alone", () => {
    const stored: Turn = { ...turn, status: "complete" };
    expect(shownTurn(stored, log)).toBe(stored);
  });
});

describe("versionWords", () => {
  it("names one version, several, or none", () => {
    expect(versionWords([])).toBeUndefined();
    expect(versionWords([{ version: 3, firstToken: 0 }])).toBe("v3");
    expect(
      versionWords([
        { version: 2, firstToken: 0 },
        { version: 3, firstToken: 9 },
      ]),
    ).toBe("v2→v3");
  });
});
