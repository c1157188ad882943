import { useCallback } from "react";
import type { Verdict } from "../api/shapes";
import { usePageKeys } from "./usePageKeys";
import { verdicts } from "./verdicts";

interface Props {
  verdict: Verdict | null | undefined;
  disabled: boolean;
  /** The keys work until the comparison is decided. */
  keys: boolean;
  give(verdict: Verdict): void;
}

/** What can be said of two answers. */
export function VerdictBar({ verdict: given, disabled, keys, give }: Props) {
  const onKey = useCallback(
    (pressed: string) => {
      const verdict = verdicts.find(({ key }) => key === pressed)?.verdict;
      if (verdict) give(verdict);
      return verdict !== undefined;
    },
    [give],
  );
  usePageKeys(keys && !disabled, onKey);
  return (
    <fieldset className="verdicts" disabled={disabled}>
      <legend className="visually-hidden">Verdict</legend>
      {verdicts.map(({ verdict, label, key, testId }) => (
        <button
          key={verdict}
          type="button"
          className={verdict === "skip" ? "button quiet" : "button"}
          data-testid={testId}
          aria-pressed={given === verdict}
          aria-keyshortcuts={key}
          onClick={() => give(verdict)}
        >
          {label}
          {key && keys && (
            <kbd className="key" aria-hidden>
              {key}
            </kbd>
          )}
        </button>
      ))}
    </fieldset>
  );
}
