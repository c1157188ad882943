import { useMemo, useSyncExternalStore } from "react";
import type { Turn } from "../api/shapes";
import { useServices } from "../app/services";
import { type ShownTurn, shownTurn } from "./shownTurn";

/** Whether an answer among these is still being written, as it is shown. */
export function useAnyWriting(turns: Turn[]): boolean {
  const { runs } = useServices();
  return useSyncExternalStore(runs.subscribe, () =>
    turns.some((turn) => shownTurn(turn, runs.get(turn.runId)).status === "generating"),
  );
}

/** Follows the run of a turn while it is written. */
export function useShownTurn(turn: Turn): ShownTurn {
  const { runs } = useServices();
  const log = useSyncExternalStore(runs.subscribe, () => runs.get(turn.runId));
  return useMemo(() => shownTurn(turn, log), [turn, log]);
}
