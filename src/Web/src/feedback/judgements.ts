import type { FeedbackKind, FeedbackStatus, FeedbackSubmission } from "../api/shapes";
import { orderWords } from "../comparison/ranks";
import { learnedWords, withdrawnWords } from "./lineage";

/** What a judgement is about. */
export type Target =
  | { kind: "thumb" | "rating" | "correction" | "comment"; conversationId: string; turnId: string }
  | { kind: "pair" | "ranking"; conversationId: string; comparisonId: string }
  | { kind: "demonstration"; conversationId: string; userTurnId: string };

/** What a judgement says of its target. A demonstration names the answer that it was begun from, if any, as turnId. */
export type Says = Pick<FeedbackSubmission, "thumb" | "verdict" | "ranks" | "stars" | "text" | "comment" | "turnId">;

export const longestComment = 2000;
export const longestAnswer = 8000;

export function targetKey(target: Target): string {
  if ("comparisonId" in target) return `${target.kind}:${target.comparisonId}`;
  return `${target.kind}:${target.kind === "demonstration" ? target.userTurnId : target.turnId}`;
}

export function targetOf({ kind, conversationId, turnId, userTurnId, comparisonId }: FeedbackSubmission): Target {
  switch (kind) {
    case "pair":
    case "ranking":
      return { kind, conversationId, comparisonId: comparisonId ?? "" };
    case "demonstration":
      return { kind, conversationId, userTurnId: userTurnId ?? "" };
    default:
      return { kind, conversationId, turnId: turnId ?? "" };
  }
}

function keyOfSubmission(submission: FeedbackSubmission): string {
  return targetKey(targetOf(submission));
}

export function saysOf({ kind, thumb, verdict, ranks, stars, text, comment, turnId }: FeedbackSubmission): Says {
  return { thumb, verdict, ranks, stars, text, comment, ...(kind === "demonstration" ? { turnId } : {}) };
}

/** The newest judgement of a target, also when it was withdrawn. */
export function latestOf(list: FeedbackStatus[], target: Target): FeedbackStatus | undefined {
  const key = targetKey(target);
  return list
    .filter((status) => status.state !== "superseded" && keyOfSubmission(status.submission) === key)
    .sort((a, b) => b.sequence - a.sequence)[0];
}

/** The list with a new or changed judgement, newest first; it supersedes older ones of the same target, as in the ledger. */
export function withStatus(list: FeedbackStatus[], status: FeedbackStatus): FeedbackStatus[] {
  const key = keyOfSubmission(status.submission);
  const others = list
    .filter((other) => other.submission.feedbackId !== status.submission.feedbackId)
    .map((other) =>
      keyOfSubmission(other.submission) === key &&
      other.sequence < status.sequence &&
      other.state !== "learned" &&
      other.state !== "withdrawn"
        ? { ...other, state: "superseded" as const }
        : other,
    );
  return [...others, status].sort((a, b) => b.sequence - a.sequence);
}

/** What the user would call "my feedback": without what was replaced, also without the skip of what was ranked later. */
export function currentOf(list: FeedbackStatus[]): FeedbackStatus[] {
  // What a judgement had replaced is withdrawn with it: said once, unless a version learned from it.
  const withdrawn = new Map<string, number>();
  for (const { submission, state, sequence } of list)
    if (state === "withdrawn") {
      const key = keyOfSubmission(submission);
      withdrawn.set(key, Math.max(sequence, withdrawn.get(key) ?? 0));
    }

  const ranked = new Set(
    list
      .filter(({ submission, state }) => submission.kind === "ranking" && state !== "withdrawn")
      .map(({ submission }) => submission.comparisonId),
  );
  return list.filter(
    ({ submission, state, sequence, lineage }) =>
      state !== "superseded" &&
      !(state === "withdrawn" && !lineage && sequence < (withdrawn.get(keyOfSubmission(submission)) ?? 0)) &&
      !(submission.verdict === "skip" && ranked.has(submission.comparisonId)),
  );
}

/** Only what is said travels: the service refuses a field that a kind does not have. */
export function submissionFor(target: Target, says: Says, feedbackId: string): FeedbackSubmission {
  const { text, comment, ...rest } = says;
  const words = { text: text?.trim() || undefined, comment: comment?.trim() || undefined };
  const said = Object.entries({ ...rest, ...words }).filter(([, value]) => value != null);
  return { feedbackId, ...target, ...Object.fromEntries(said) };
}

/** Where a judgement stands, in a few words and in a sentence. */
export function wordsFor(status: FeedbackStatus): { short: string; long: string } {
  const version = status.learnedInVersion;
  switch (status.state) {
    case "recorded":
      return { short: "Recorded", long: "Stored. It waits for the next training run." };
    case "inTraining":
      return { short: "In training", long: "It is part of the batch that is being trained on now." };
    case "learned":
      return version == null
        ? { short: "Learned", long: "It was used to train a version that went live." }
        : { short: `Learned in v${version}`, long: learnedWords(status, version) };
    case "superseded":
      return { short: "Replaced", long: "You judged this again later; only the later judgement counts." };
    case "withdrawn":
      return withdrawnWords(status.lineage);
    case "notUsed":
      return { short: "Not used (no consent)", long: "Stored but not used, because you have not agreed to it." };
    case "waitsForReview":
      return {
        short: "Waits for review",
        long: "Stored. Several people's judgements push the same words, so it is not used until a reviewer has looked at it.",
      };
    case "rejected":
      return {
        short: "Not used (reviewed)",
        long: "Stored but not used: a reviewer found it to be part of a campaign.",
      };
  }
}

/** One word for what was said, for tests and styles: "up", "left", "4", or the kind where the words are one's own. */
export function choiceOf({ kind, thumb, verdict, ranks, stars }: FeedbackSubmission): string {
  return thumb ?? verdict ?? ranks?.join(",") ?? stars?.toString() ?? kind;
}

const thumbWords = { up: "Good answer", down: "Bad answer" };
const verdictWords = {
  left: "Answer 1 was better",
  right: "Answer 2 was better",
  tie: "Both were equal",
  bothBad: "Both were bad",
  skip: "Skipped the comparison",
};
const kindWords: Record<FeedbackKind, string> = {
  thumb: "Judgement",
  pair: "Judgement",
  ranking: "Your ranking",
  rating: "Your rating",
  correction: "Your correction",
  demonstration: "Your own answer",
  comment: "Your comment",
};

export function choiceWords({ kind, thumb, verdict, ranks, stars }: FeedbackSubmission): string {
  if (thumb) return thumbWords[thumb];
  if (verdict) return verdictWords[verdict];
  if (ranks) return rankWords(ranks);
  if (stars) return `${stars} of 5 stars`;
  return kindWords[kind];
}

export function rankWords(ranks: readonly number[]): string {
  return `Ranked ${ranks.length} answers: ${orderWords(ranks)}`;
}
