import { expect, test } from "vitest";
import { makerOf } from "./decisionMaker";

test("machines have names, visitors the beginning of their id", () => {
  expect(makerOf("gate")).toBe("the gate");
  expect(makerOf("canary")).toBe("the trial");
  expect(makerOf("0a1b2c3d-4e5f-6789-abcd-ef0123456789")).toBe("visitor 0a1b2c3d");
  expect(makerOf("ada (0a1b2c3d-4e5f-6789-abcd-ef0123456789)")).toBe("ada");
});
