import { useEffect } from "react";
import { ownsKeys } from "../chat/ownsKeys";

/** Single keys for the page, except while something else has the keyboard. The handler says whether a key was its own. */
export function usePageKeys(active: boolean, onKey: (key: string, event: KeyboardEvent) => boolean): void {
  useEffect(() => {
    if (!active) return;
    const onKeyDown = (event: KeyboardEvent) => {
      // Taken already: of two open comparisons on the page only one may hear it.
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (!ownsKeys(event.target) && onKey(event.key, event)) event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [active, onKey]);
}
