import type { FeedbackStatus, FeedbackSubmission, Thumb, Verdict } from "../api/shapes";

/** What a judgement is about. */
export type Target =
  | { kind: "thumb"; conversationId: string; turnId: string }
  | { kind: "pair"; conversationId: string; comparisonId: string };

export type Choice = Thumb | Verdict;

export function targetKey(target: Target): string {
  return target.kind === "thumb" ? `thumb:${target.turnId}` : `pair:${target.comparisonId}`;
}

export function keyOfSubmission(submission: FeedbackSubmission): string {
  return submission.kind === "thumb" ? `thumb:${submission.turnId}` : `pair:${submission.comparisonId}`;
}

export function choiceOf(submission: FeedbackSubmission): Choice | undefined {
  return (submission.kind === "thumb" ? submission.thumb : submission.verdict) ?? undefined;
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
      (other.state === "recorded" || other.state === "inTraining" || other.state === "notUsed")
        ? { ...other, state: "superseded" as const }
        : other,
    );
  return [...others, status].sort((a, b) => b.sequence - a.sequence);
}

export function submissionFor(
  target: Target,
  choice: Choice,
  feedbackId: string,
  comment: string | undefined,
): FeedbackSubmission {
  const { conversationId } = target;
  const words = comment?.trim() ? { comment: comment.trim() } : {};
  return target.kind === "thumb"
    ? { feedbackId, kind: "thumb", conversationId, turnId: target.turnId, thumb: choice as Thumb, ...words }
    : {
        feedbackId,
        kind: "pair",
        conversationId,
        comparisonId: target.comparisonId,
        verdict: choice as Verdict,
        ...words,
      };
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
        : { short: `Learned in v${version}`, long: `It was used to train v${version}, which went live.` };
    case "superseded":
      return { short: "Replaced", long: "You judged this again later; only the later judgement counts." };
    case "withdrawn":
      return version == null
        ? { short: "Withdrawn", long: "You took it back. No later training run will use it." }
        : { short: "Withdrawn", long: `You took it back. v${version} had used it; no later training run will.` };
    case "notUsed":
      return { short: "Not used (no consent)", long: "Stored but not used, because you have not agreed to it." };
  }
}

export function choiceWords(submission: FeedbackSubmission): string {
  switch (choiceOf(submission)) {
    case "up":
      return "Good answer";
    case "down":
      return "Bad answer";
    case "left":
      return "Answer 1 was better";
    case "right":
      return "Answer 2 was better";
    case "tie":
      return "Both were equal";
    case "bothBad":
      return "Both were bad";
    case "skip":
      return "Skipped the comparison";
    default:
      return "Judgement";
  }
}
