import type { RegistryDecision } from "../api/shapes";
import { StageChip, when } from "./CheckpointTable";
import { makerOf } from "./decisionMaker";

/** The audit trail: what happened to which version, why, and who decided it. */
export function DecisionLog({ decisions }: { decisions: RegistryDecision[] }) {
  const newestFirst = [...decisions].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <ol className="decisions" data-testid="decisions">
      {newestFirst.map((decision) => (
        <li key={`${decision.at} ${decision.version} ${decision.stage} ${decision.action}`}>
          <time dateTime={decision.at}>{when(decision.at)}</time>
          <strong>v{decision.version}</strong>
          {decision.action === "move" ? (
            <StageChip stage={decision.stage} />
          ) : (
            <span className="chip">{decision.action === "pin" ? "Pinned" : "Unpinned"}</span>
          )}
          <span className="decision-reason">
            {decision.reason} {decision.by && <span className="soft decision-by">By {makerOf(decision.by)}.</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
