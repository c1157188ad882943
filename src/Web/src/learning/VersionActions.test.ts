import { expect, test } from "vitest";
import type { CheckpointRecord, CheckpointStage } from "../api/shapes";
import { ordersFor } from "./VersionActions";

const at = (stage: CheckpointStage) => ({ version: 3, stage }) as CheckpointRecord;

test.each<[CheckpointStage, number | undefined, string[]]>([
  ["live", undefined, ["pin"]],
  ["live", 3, ["unpin"]],
  ["retired", undefined, ["rollBack"]],
  ["retired", 4, []],
  ["held", undefined, ["promote"]],
  ["held", 4, []],
  ["canary", undefined, ["promote", "stop"]],
  ["rejected", undefined, []],
  ["candidate", undefined, []],
])("%s, pinned %s: %j", (stage, pinned, expected) => {
  expect(ordersFor(at(stage), pinned)).toEqual(expected);
});

test("what learned from withdrawn feedback cannot be made live", () => {
  expect(ordersFor(at("retired"), undefined, true)).toEqual([]);
  expect(ordersFor(at("held"), undefined, true)).toEqual([]);
  expect(ordersFor(at("canary"), undefined, true)).toEqual(["stop"]);
  expect(ordersFor(at("live"), undefined, true)).toEqual(["pin"]);
});
