import { longestAnswer, longestComment } from "./judgements";

/** Why a text cannot be sent as a corrected or an own answer. `begun` is the answer that it was begun from. */
export function answerProblem(text: string, begun: string | undefined): string | undefined {
  const wanted = text.trim();
  if (wanted === "") return "Write the answer first.";
  if (wanted === begun?.trim()) return "This is the answer as it was. Change it, or give it a thumb up instead.";
  return tooLong(wanted, longestAnswer);
}

export function commentProblem(text: string): string | undefined {
  return text.trim() === "" ? "Write a few words first." : tooLong(text.trim(), longestComment);
}

function tooLong(text: string, longest: number): string | undefined {
  const over = text.length - longest;
  if (over <= 0) return undefined;
  return `${over.toLocaleString()} ${over === 1 ? "character" : "characters"} too many: at most ${longest.toLocaleString()} are taken.`;
}

export const starWords = ["", "Very bad", "Bad", "Neither good nor bad", "Good", "Very good"];

/** The stars that a key inside the stars chooses and sends at once. */
export function starsOfKey(key: string): number | undefined {
  return /^[1-5]$/.test(key) ? Number(key) : undefined;
}
