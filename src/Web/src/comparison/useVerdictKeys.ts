import { useEffect } from "react";
import type { Verdict } from "../api/shapes";
import { ownsKeys } from "../chat/ownsKeys";
import { verdicts } from "./verdicts";

/** 1, 2 and 0 decide a comparison, except while something else has the keyboard. */
export function useVerdictKeys(active: boolean, give: (verdict: Verdict) => void): void {
  useEffect(() => {
    if (!active) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || ownsKeys(event.target)) return;
      const verdict = verdicts.find(({ key }) => key === event.key)?.verdict;
      if (!verdict) return;
      event.preventDefault();
      give(verdict);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [active, give]);
}
