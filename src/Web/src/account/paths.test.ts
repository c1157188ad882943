import { describe, expect, it } from "vitest";
import { isEntrance, nextPath, signInPath } from "./paths";

describe("where signing in leads", () => {
  it.each([
    ["", "/"],
    ["?next=%2Flearning", "/learning"],
    ["?next=%2Fc%2F1%3Fa%3D2", "/c/1?a=2"],
    ["?next=https%3A%2F%2Fevil.example%2F", "/"],
    ["?next=%2F%2Fevil.example%2Fx", "/"],
    ["?next=%5C%5Cevil.example", "/"],
    ["?next=javascript%3Aalert(1)", "/"],
    ["?next=%2Fsign-in", "/"],
  ])("%s leads to %s", (search, path) => expect(nextPath(search)).toBe(path));

  it("comes back to where it began", () => {
    const path = signInPath("/c/7?x=1");
    expect(isEntrance(new URL(path, "http://here").pathname)).toBe(true);
    expect(nextPath(new URL(path, "http://here").search)).toBe("/c/7?x=1");
  });
});
