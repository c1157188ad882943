import { useCallback, useMemo, useState } from "react";
import { fitTo, type Places, placeNext, ranksOf, setPlace } from "./ranks";
import { usePageKeys } from "./usePageKeys";

export interface Ranking {
  places: Places;
  /** What would be sent; undefined until each answer has a place. */
  ranks: number[] | undefined;
  /** The next answer named by key gets the same place as the one before. */
  shared: boolean;
  /** Something is stored that it would replace. */
  stored: boolean;
  /** It differs from what is stored. */
  changed: boolean;
  place(index: number, place: number): void;
  clear(): void;
}

/** The user's order of the answers, from clicks and keys. It begins as what is stored. */
export function useRanking(
  count: number,
  stored: readonly number[] | null | undefined,
  keys: boolean,
  send: (ranks: number[]) => void,
) {
  const [draft, setDraft] = useState<Places>();
  const [shared, setShared] = useState(false);
  const places = useMemo(() => fitTo(draft ?? stored ?? [], count), [draft, stored, count]);
  const ranks = useMemo(() => ranksOf(places), [places]);

  const clear = useCallback(() => {
    setDraft(undefined);
    setShared(false);
  }, []);

  const onKey = useCallback(
    (key: string, event: KeyboardEvent) => {
      const index = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
      if (index >= 0 && index < count) {
        setDraft(placeNext(places, index, shared));
        setShared(false);
      } else if (key === "=" || key === "0") setShared(places.some((place) => place != null) && !shared);
      else if (key === "Backspace") clear();
      else if (key === "Enter" && ranks && !isPressable(event.target)) send(ranks);
      else return false;
      return true;
    },
    [count, places, ranks, shared, clear, send],
  );
  usePageKeys(keys, onKey);

  return useMemo<Ranking>(
    () => ({
      places,
      ranks,
      shared,
      stored: stored != null,
      changed: draft !== undefined && ranks?.join() !== stored?.join(),
      place: (index, place) => setDraft(setPlace(places, index, place)),
      clear,
    }),
    [places, ranks, shared, draft, stored, clear],
  );
}

/** Enter on a button or a link means that one. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a, summary") !== null;
}
