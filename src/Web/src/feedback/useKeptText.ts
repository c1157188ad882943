import { useCallback, useState } from "react";

const kept = new Map<string, string>();

/** Text that is being written. What a closed box held is there again when it opens, until it is forgotten: sent or cancelled. */
export function useKeptText(key: string, initial: string): [string, (text: string) => void, () => void] {
  const [text, setText] = useState(() => kept.get(key) ?? initial);
  const write = useCallback(
    (next: string) => {
      kept.set(key, next);
      setText(next);
    },
    [key],
  );
  return [text, write, useCallback(() => void kept.delete(key), [key])];
}
