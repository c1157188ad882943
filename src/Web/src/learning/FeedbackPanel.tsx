import { Info } from "lucide-react";
import type { CheckpointRecord, LearningSnapshot } from "../api/shapes";
import { IconButton } from "../controls/IconButton";
import { countsShown } from "./counts";
import { disagreement } from "./disagreement";
import { whatIsMissing } from "./missing";

/** What has been collected, and how far it is from starting a run. */
export function FeedbackPanel({ snapshot }: { snapshot: LearningSnapshot }) {
  const { feedback, nextRun, checkpoints } = snapshot;
  const newest = checkpoints.reduce<CheckpointRecord | undefined>(
    (a, b) => (a && a.version > b.version ? a : b),
    undefined,
  );
  const opposed = newest && disagreement(newest);
  const share = Math.min(1, feedback.newPairs / Math.max(1, nextRun.newPairs));
  return (
    <section className="card" aria-labelledby="feedback-heading">
      <h2 id="feedback-heading">Feedback</h2>
      <p className="big">
        <span data-testid="pairs-collected">{feedback.newPairs}</span>
        <small> of {nextRun.newPairs} new comparisons</small>
        <IconButton
          className="about-count"
          data-testid="about-pairs"
          label="What counts as a comparison: a verdict on two answers is one, a correction is one, a ranking of three answers is two, of four three."
        >
          <Info size={15} aria-hidden />
        </IconButton>
      </p>
      <div
        className="bar"
        role="progressbar"
        aria-label="Comparisons towards the next run"
        aria-valuemin={0}
        aria-valuemax={nextRun.newPairs}
        aria-valuenow={Math.min(feedback.newPairs, nextRun.newPairs)}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <p className="soft">{whatIsMissing(feedback, nextRun)}</p>
      {opposed && <p data-testid="disagreement">{opposed}</p>}
      <dl className="counts" data-testid="feedback-counts">
        {countsShown(feedback).map(({ name, value }) => (
          <Count key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString()}</dd>
    </div>
  );
}
