/** The place of each answer in the order shown, 1 the best; null where none was given yet. Equal places are ties. */
export type Places = readonly (number | null)[];

/** The places so far, for this many answers: a further one joins without a place. */
export function fitTo(places: Places, count: number): Places {
  return Array.from({ length: count }, (_, i) => places[i] ?? null);
}

/** Gives an answer the next place, or the place of the one before it. A place that it has already stays. */
export function placeNext(places: Places, index: number, shared: boolean): Places {
  if (index < 0 || index >= places.length || places[index] != null) return places;
  const last = Math.max(0, ...places.map((place) => place ?? 0));
  const next = shared && last > 0 ? last : Math.min(places.length, last + 1);
  return setPlace(places, index, next);
}

export function setPlace(places: Places, index: number, place: number): Places {
  return places.map((before, i) => (i === index ? place : before));
}

/** What is sent: without gaps, so that somebody is first and "1, 3, 3" means the same as "1, 2, 2". Undefined until each answer has a place. */
export function ranksOf(places: Places): number[] | undefined {
  const given = places.filter((place) => place != null);
  if (given.length < places.length) return undefined;
  const order = [...new Set(given)].sort((a, b) => a - b);
  return given.map((place) => order.indexOf(place) + 1);
}

/** [2, 1, null, 2] in words: "2, then 1 = 4". */
export function orderWords(places: Places): string {
  const order = [...new Set(places)].filter((place) => place != null).sort((a, b) => a - b);
  return order.map((place) => places.flatMap((p, i) => (p === place ? [i + 1] : [])).join(" = ")).join(", then ");
}

/** The best answer, on which the conversation goes on; of several the one that was there first. */
export function bestOf<T extends { createdAt: string }>(
  ranks: readonly number[],
  answers: readonly T[],
): T | undefined {
  return answers
    .filter((_, i) => ranks[i] === 1)
    .reduce<T | undefined>((first, next) => (first && first.createdAt <= next.createdAt ? first : next), undefined);
}

const ordinals = ["", "1st", "2nd", "3rd", "4th"];

export function ordinal(place: number): string {
  return ordinals[place] ?? `${place}th`;
}
