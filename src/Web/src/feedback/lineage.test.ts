import { describe, expect, it } from "vitest";
import type { FeedbackStatus } from "../api/shapes";
import { learnedWords, versionWords, withdrawnWords } from "./lineage";

const now = new Date("2026-01-02T12:00:00");

describe("what versions know of a judgement", () => {
  it("names them", () => {
    expect(versionWords([2])).toBe("v2");
    expect(versionWords([2, 3, 5])).toBe("v2, v3 and v5");
  });

  it("says whether the live version still knows what was learned", () => {
    const learned = (lineage: FeedbackStatus["lineage"]) => learnedWords({ lineage } as FeedbackStatus, 2);
    expect(learned(null)).toContain("used to train v2");
    expect(learned({ versions: [2, 3], isInLive: true })).toBe("Used by v2 and v3; still in the live version.");
    expect(learned({ versions: [2], isInLive: false, goneSince: 5 })).toBe("Used by v2; gone since v5.");
  });

  it("says of what was taken back when it is gone", () => {
    expect(withdrawnWords(null).short).toBe("Withdrawn");
    const dueAt = "2026-01-02T14:30:00";
    const known = { versions: [2, 3], isInLive: true, dueAt };
    const words = withdrawnWords(known, now);
    expect(words.short).toBe("Withdrawn, still in v3");
    expect(words.long).toContain("v2 and v3 learned from it, and v3 is live.");
    expect(words.long).toMatch(/begins by \d+:30/);
    expect(withdrawnWords(known, new Date("2026-01-02T15:00:00")).long).toContain("is being made");
    expect(withdrawnWords({ versions: [2], isInLive: false, goneSince: 4 }, now).short).toBe(
      "Withdrawn, gone since v4",
    );
  });
});
