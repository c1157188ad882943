import { useMemo, useSyncExternalStore } from "react";
import type { Turn } from "../api/shapes";
import { useServices } from "../app/services";
import { type ShownTurn, shownTurn } from "./shownTurn";

/** Follows the run of a turn while it is written. */
export function useShownTurn(turn: Turn): ShownTurn {
  const { runs } = useServices();
  const log = useSyncExternalStore(runs.subscribe, () => runs.get(turn.runId));
  return useMemo(() => shownTurn(turn, log), [turn, log]);
}
