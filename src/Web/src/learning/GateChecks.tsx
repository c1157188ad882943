import { Check, X } from "lucide-react";
import type { CheckpointRecord } from "../api/shapes";
import { disagreement } from "./disagreement";
import { influence } from "./influence";
import { number } from "./metrics";

export function GateChecks({ checkpoint }: { checkpoint: CheckpointRecord }) {
  const { gate, metrics, weightsHash, rewardModel, runId } = checkpoint;
  const opposed = disagreement(checkpoint);
  const learnedFrom = influence(metrics?.influence);
  return (
    <div className="gate">
      {opposed && <p>{opposed}</p>}
      {gate && gate.checks.length > 0 ? (
        <ul className="gate-checks" aria-label={`Gate checks of v${checkpoint.version}`}>
          {gate.checks.map(({ name, rule, value, limit, passed }) => (
            <li key={name} className={passed ? "passed" : "failed"}>
              <span className="gate-mark">
                {passed ? <Check size={14} aria-label="Passed" /> : <X size={14} aria-label="Failed" />}
              </span>
              <span className="gate-name">
                <code>{name}</code> {rule}
              </span>
              <span className="gate-numbers">
                {number(value)} <small>limit {number(limit)}</small>
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="soft">
          {checkpoint.parent == null ? "The starter did not go through the gate." : "The gate has not judged it yet."}
        </p>
      )}
      <dl className="facts">
        {metrics && (
          <>
            <Fact
              name="Answer length"
              value={`${number(metrics.answerTokens)} tokens (parent ${number(metrics.parentAnswerTokens)})`}
            />
            <Fact name="Distinct bigrams" value={number(metrics.distinct2)} />
            <Fact name="Parent's entropy" value={number(metrics.parentEntropy)} />
          </>
        )}
        {learnedFrom && <Fact name="Learned from" value={learnedFrom} />}
        {rewardModel && <Fact name="Reward model" value={rewardModel} />}
        <Fact name="Run" value={runId} />
        <Fact name="Weights" value={`sha256 ${weightsHash.slice(0, 16)}…`} title={weightsHash} />
      </dl>
    </div>
  );
}

function Fact({ name, value, title }: { name: string; value: string; title?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{value}</dd>
    </div>
  );
}
