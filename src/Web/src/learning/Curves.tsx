import { useMemo } from "react";
import type { CheckpointRecord, TrainerStatus } from "../api/shapes";
import { CurveChart } from "./CurveChart";
import { percent, type Series, seriesOf } from "./metrics";

export function RunCurves({ trainer }: { trainer: TrainerStatus }) {
  const series = useMemo(() => seriesOf(trainer.curves), [trainer.curves]);
  return (
    <section aria-labelledby="curves-heading">
      <h2 id="curves-heading">{trainer.phase === "collecting" ? "The last run" : "This run"}</h2>
      {series.length === 0 ? (
        <p className="soft">Curves appear here once a run has begun.</p>
      ) : (
        <div className="curves">
          {series.map((one) => (
            <CurveChart
              key={one.name}
              series={one}
              xName="step"
              format={one.name.endsWith("accuracy") ? percent : undefined}
            />
          ))}
        </div>
      )}
    </section>
  );
}

export function VersionCurves({ checkpoints }: { checkpoints: CheckpointRecord[] }) {
  const series = useMemo(() => versionSeries(checkpoints), [checkpoints]);
  if (series.every(({ xs }) => xs.length === 0)) return null;
  return (
    <section aria-labelledby="versions-heading">
      <h2 id="versions-heading">Version by version</h2>
      <div className="curves">
        {series.map((one) => (
          <CurveChart
            key={one.name}
            series={one}
            xName="version"
            discrete
            format={one.name === "rewardModelAccuracy" ? percent : undefined}
          />
        ))}
      </div>
    </section>
  );
}

const measures = [
  ["rewardModelAccuracy", "Reward model accuracy", "On pairs that were held out of training."],
  ["reward", "Reward", "In the parent's deviations: 0 is as good as the parent."],
  ["kl", "KL to the reference", "Nats per answer."],
  ["entropy", "Entropy", "Nats per token."],
] as const;

function versionSeries(checkpoints: CheckpointRecord[]): Series[] {
  return measures.map(([name, title, about]) => {
    const points = checkpoints
      .flatMap(({ version, metrics }) => (metrics ? [{ version, value: metrics[name] }] : []))
      .sort((a, b) => a.version - b.version);
    return { name, title, about, xs: points.map((p) => p.version), ys: points.map((p) => p.value) };
  });
}
