import type { CanaryStatus } from "../api/shapes";
import { when } from "./CheckpointTable";
import { percent } from "./metrics";
import { trialPosition, trialWords } from "./trial";

/** How the votes stand between the version on trial and the live one. */
export function TrialPanel({ status }: { status: CanaryStatus }) {
  const { trial, votes } = status;
  const position = trialPosition(status);
  return (
    <section className="card trial" aria-labelledby="trial-heading" data-testid="trial" data-version={trial.version}>
      <h2 id="trial-heading">
        v{trial.version} on trial against v{trial.baseline}
      </h2>
      <p>
        <strong data-testid="trial-votes">
          {votes.wins} : {votes.losses}
        </strong>{" "}
        {trialWords(votes)}
      </p>
      <div
        className="trial-scale"
        role="img"
        aria-label={`Evidence: ${Math.round(position * 100)} % of the way from stopping it to making it live`}
      >
        <span className="trial-mark" style={{ left: `${position * 100}%` }} />
      </div>
      <div className="trial-ends soft" aria-hidden>
        <span>Stop</span>
        <span>Make live</span>
      </div>
      <p className="soft">
        It answers in {percent(trial.share)} of the conversations. When somebody there compares two answers, one is v
        {trial.baseline}'s, and the vote counts. Undecided on {when(trial.endsAt)}, it is stopped.
      </p>
    </section>
  );
}
