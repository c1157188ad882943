import type { MetricPoint } from "../api/shapes";

export interface Series {
  name: string;
  title: string;
  about?: string;
  xs: number[];
  ys: number[];
}

/** TRL's names, which people of the field know, each with words for everyone else. The order is the order on the page. */
const known: Record<string, [title: string, about: string]> = {
  "reward_model/loss": ["Reward model loss", "How far its ordering of pairs is from the raters'. Lower is better."],
  "reward_model/accuracy": ["Reward model accuracy", "Share of pairs that it orders as the raters did."],
  "reward_model/accuracy_pair": ["Accuracy on pairs", "Of comparisons that it had not seen."],
  "reward_model/accuracy_ranking": ["Accuracy on rankings", "Best above worst, of rankings that it had not seen."],
  "reward_model/accuracy_correction": ["Accuracy on corrections", "The corrected answer above the one that was shown."],
  "reward_model/accuracy_demonstration": ["Accuracy on own answers", "What a person wrote above what the policy said."],
  "reward_model/accuracy_thumb": ["Accuracy on thumbs", "Thumbs up above zero, thumbs down below."],
  "reward_model/accuracy_rating": ["Accuracy on stars", "Good answers above zero, bad ones below."],
  "reward_model/comments_read": [
    "Comments read",
    "Comments without a thumb or stars that could be read, and so teach.",
  ],
  "reward_model/comment_verdicts": ["Thumbs and stars with words", "What reading comments is learned from."],
  "reward_model/comment_accuracy": [
    "Accuracy of reading",
    "How often it could tell from the words alone whether thumb or stars were good.",
  ],
  "reward_model/comment_weight": ["Weight of a comment", "Next to a thumb. 0 if reading may be guessing."],
  "reward_model/calibration_error": ["Calibration error", "How far its probabilities are from what raters then said."],
  "reward_model/spread": ["Spread of the ensemble", "How far its heads disagree about the policy's answers."],
  "reward_model/doubted_raters": [
    "Doubted raters",
    "Raters whose judgements weigh nothing, because others contradict them.",
  ],
  "reward_model/majority": [
    "Majority",
    "Where two groups of raters want opposite things: the share of the larger one, which is followed. 1 without such groups.",
  ],
  "reward_model/length_correlation": ["Correlation with length", "1 or -1 would mean that it scores length alone."],
  "reward_model/length_corrected": ["Length corrected", "1 if length was taken out of the score."],
  "objective/scores": ["Score of the answers", "What the reward model gives to the policy's answers."],
  "objective/rlhf_reward": ["Reward after KL", "The score less the cost of moving away from the reference."],
  "objective/kl": ["KL to the reference", "How far the policy has moved, in nats per answer."],
  "objective/entropy": ["Entropy per answer", "How open the choice of words is."],
  "policy/entropy_avg": ["Entropy per token", "A collapse to zero means that it always says the same."],
  "policy/approxkl_avg": ["KL of the last update", "How far one update moved the policy."],
  "policy/clipfrac_avg": ["Clipped share", "Share of tokens whose update was held back."],
  "loss/policy_avg": ["Policy loss", "The clipped objective of PPO."],
  "loss/value_avg": ["Value loss", "Error of the value head's forecasts. Lower is better."],
  "val/ratio": [
    "Probability ratio",
    "New over old probability of the sampled tokens. Far from 1 means that an update went too far.",
  ],
  loss: ["Loss", "Of learning from people's judgements directly."],
  "rewards/margins": ["Margin", "How much likelier than before the better answer became than the worse."],
  "rewards/accuracies": ["Preference accuracy", "Share of pairs whose better answer became the likelier one."],
  "off_policy/effective_sample": [
    "Judged answers as its own",
    "Share of the judged answers that say as much about this version as answers of its own would.",
  ],
  finished_answers: ["Finished answers", "Share of answers that ended by themselves before the length limit."],
  kl_coefficient: ["KL coefficient", "The price of a nat away from the reference, adapted to hold the KL on target."],
};
const order = Object.keys(known);

export function seriesOf(points: MetricPoint[]): Series[] {
  const byName = new Map<string, Map<number, number>>();
  for (const { name, step, value } of points) {
    const steps = byName.get(name) ?? new Map<number, number>();
    byName.set(name, steps);
    // A resumed run writes a step again: the later value is the one that counts.
    steps.set(step, value);
  }
  return [...byName]
    .map(([name, steps]) => {
      const sorted = [...steps].sort(([a], [b]) => a - b);
      const [title, about] = known[name] ?? [name, undefined];
      return { name, title, about, xs: sorted.map(([x]) => x), ys: sorted.map(([, y]) => y) };
    })
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

function rank(name: string): number {
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}

export function number(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(1);
  return value.toLocaleString(undefined, { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 3 });
}

export function percent(value: number): string {
  return `${(value * 100).toLocaleString(undefined, { maximumFractionDigits: 1 })} %`;
}

/** A curve in words, for those who do not see it. */
export function inWords(series: Series, xName: string, format: (value: number) => string): string {
  const { title, xs, ys } = series;
  if (ys.length === 0) return `${title}: no values yet.`;
  const [first, last] = [ys[0] ?? 0, ys.at(-1) ?? 0];
  if (ys.length === 1) return `${title}: ${format(last)} at ${xName} ${xs[0]}.`;
  return (
    `${title}: from ${format(first)} at ${xName} ${xs[0]} to ${format(last)} at ${xName} ${xs.at(-1)}, ` +
    `lowest ${format(Math.min(...ys))}, highest ${format(Math.max(...ys))}, ${ys.length} values.`
  );
}
