import type { FeedbackEffect, JudgedAnswer } from "../api/shapes";

/** "Used", never "caused": that a batch held a judgement is known, what it alone changed is not. */
export function usedWords({ use, version, judgementCount }: FeedbackEffect): string {
  const others = judgementCount - 1;
  const together = others === 0 ? "" : ` together with ${others} ${others === 1 ? "other" : "others"}`;
  switch (use) {
    case "training":
      return `Version ${version} used this judgement${together}.`;
    case "checking":
      return `Version ${version} used this judgement${together}: not to learn from, but to test what was learned.`;
    case "leftOut":
      return `This judgement was in the batch of version ${version}${together}, but nothing could be learned from it: it holds words only, or an answer that was cut off.`;
  }
}

export function samplingWords({ sampling, parentVersion, version }: FeedbackEffect): string {
  const how =
    sampling.temperature === 0
      ? "each taking the likeliest word"
      : `with the same random seed, at temperature ${round(sampling.temperature)}`;
  return `What versions ${parentVersion} and ${version} answer to it, ${how}.`;
}

/** Which of the judged answers this is. */
export function answerName({ isOwn, rank }: JudgedAnswer, all: readonly JudgedAnswer[]): string {
  const ranks = new Set(all.map((answer) => answer.rank));
  if (isOwn) return "Your text";
  if (rank == null) return "The answer";
  if (ranks.size === 1) return "One of the two";
  if (all.length > 2) return `Place ${rank}`;
  return rank === 1 ? "The better one" : all.some((answer) => answer.isOwn) ? "The answer" : "The other one";
}

/** A change of a log-probability, in nats, as a factor of the probability. */
export function likelierWords(nats: number): string {
  if (Math.abs(nats) < 0.05) return "as likely as before";
  return `${factor(nats)} times ${nats > 0 ? "likelier" : "less likely"}`;
}

export function shiftWords(nats: number): string {
  if (Math.abs(nats) < 0.05) return "The better answer did not gain on the other.";
  return nats > 0
    ? `Measured against the other, the better answer became ${factor(nats)} times likelier.`
    : `Measured against the other, the better answer became ${factor(nats)} times less likely.`;
}

/** Of the whole answer, and per token. */
export function logProbabilityWords(total: number | null | undefined, tokens: number): [whole: string, each: string] {
  if (total == null || tokens === 0) return ["–", ""];
  return [round(total), `${round(total / tokens)} a token`];
}

export function scoreWords(score: number | null | undefined): string {
  return score == null ? "not scored" : round(score);
}

/** What the score of the answers did. */
export function scoreChangeWords({ before, after }: FeedbackEffect): string | undefined {
  if (before.reward == null || after.reward == null) return undefined;
  const change = after.reward - before.reward;
  if (Math.abs(change) < 0.005) return "The reward model scores both alike.";
  return `By the reward model of that run, the new answer scores ${round(Math.abs(change))} ${change > 0 ? "higher" : "lower"}.`;
}

function factor(nats: number): string {
  const times = Math.exp(Math.abs(nats));
  if (times > 1000) return "over 1,000";
  return times >= 10 ? Math.round(times).toLocaleString("en") : times.toFixed(1);
}

function round(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 2 }).replace("-", "−");
}
