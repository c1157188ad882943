import type { LearningSnapshot } from "../api/shapes";

/** What has been collected, and how far it is from starting a run. */
export function FeedbackPanel({ snapshot }: { snapshot: LearningSnapshot }) {
  const { feedback, pairsPerRun } = snapshot;
  const share = pairsPerRun > 0 ? Math.min(1, feedback.newPairs / pairsPerRun) : 0;
  const missing = Math.max(0, pairsPerRun - feedback.newPairs);
  return (
    <section className="card" aria-labelledby="feedback-heading">
      <h2 id="feedback-heading">Feedback</h2>
      <p className="big">
        <span data-testid="pairs-collected">{feedback.newPairs}</span>
        <small> of {pairsPerRun} new comparisons</small>
      </p>
      <div
        className="bar"
        role="progressbar"
        aria-label="Comparisons towards the next run"
        aria-valuemin={0}
        aria-valuemax={pairsPerRun}
        aria-valuenow={Math.min(feedback.newPairs, pairsPerRun)}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <p className="soft">
        {missing === 0
          ? "There is enough for the next run."
          : `${missing} more ${missing === 1 ? "starts" : "start"} the next run.`}
      </p>
      <dl className="counts">
        <Count name="Comparisons" value={feedback.pairs} />
        <Count name="Thumbs up" value={feedback.thumbsUp} />
        <Count name="Thumbs down" value={feedback.thumbsDown} />
        <Count name="Withdrawn" value={feedback.withdrawn} />
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
