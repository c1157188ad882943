import { Check } from "lucide-react";
import { useEffect, useState } from "react";
import type { LearningPhase, TrainerStatus } from "../api/shapes";

const phases: { phase: LearningPhase; name: string }[] = [
  { phase: "collecting", name: "Collecting" },
  { phase: "rewardModel", name: "Reward model" },
  { phase: "rollouts", name: "Rollouts" },
  { phase: "policyUpdate", name: "Policy update" },
  { phase: "gate", name: "Gate" },
  { phase: "publishing", name: "Publishing" },
];

/** Where the service tries versions on people: there the run waits for their votes. */
const trial: { phase: LearningPhase; name: string } = { phase: "canary", name: "On trial" };

/** What the trainer is doing now, as the steps of one turn of the loop. */
export function TrainerPanel({ trainer }: { trainer: TrainerStatus }) {
  const steps = trainer.phase === "canary" ? [...phases, trial] : phases;
  const at = Math.max(
    0,
    steps.findIndex(({ phase }) => phase === trainer.phase),
  );
  const running = trainer.phase !== "collecting";
  const elapsed = useElapsed(running ? trainer.startedAt : null);
  const percent = Math.round(Math.min(1, Math.max(0, trainer.progress)) * 100);
  return (
    <section className="card" aria-labelledby="trainer-heading">
      <h2 id="trainer-heading">Training</h2>
      <p className="big">
        <span data-testid="learning-phase" data-phase={trainer.phase}>
          {steps[at]?.name}
        </span>
        {running && trainer.phase !== "canary" && <small> {percent} % of the run</small>}
      </p>
      <div
        className="bar"
        role="progressbar"
        data-testid="learning-progress"
        aria-label="Training run"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${steps[at]?.name}, ${percent} %`}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <p className="soft trainer-detail">
        <span>{trainer.detail || (running ? "Working…" : "Waiting for enough feedback.")}</span>
        {elapsed && <span className="elapsed">{elapsed}</span>}
      </p>
      <ol className="stepper" aria-label="Steps of a run">
        {steps.map(({ phase, name }, i) => (
          <li
            key={phase}
            className={i < at ? "done" : i === at ? "now" : ""}
            aria-current={i === at ? "step" : undefined}
          >
            <span className="step-mark" aria-hidden>
              {i < at ? <Check size={13} /> : i + 1}
            </span>
            {name}
            {i < at && <span className="visually-hidden"> (done)</span>}
          </li>
        ))}
      </ol>
      {trainer.lastOutcome && (
        <p className="outcome" data-testid="last-outcome">
          <span>Last run</span> {trainer.lastOutcome}
        </p>
      )}
    </section>
  );
}

function useElapsed(startedAt: string | null | undefined): string | undefined {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!startedAt) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [startedAt]);
  if (!startedAt) return undefined;
  const seconds = Math.max(0, Math.floor((now - Date.parse(startedAt)) / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
