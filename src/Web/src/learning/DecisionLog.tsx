import type { RegistryDecision } from "../api/shapes";
import { StageChip, when } from "./CheckpointTable";

export function DecisionLog({ decisions }: { decisions: RegistryDecision[] }) {
  const newestFirst = [...decisions].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <ol className="decisions">
      {newestFirst.map((decision) => (
        <li key={`${decision.at} ${decision.version} ${decision.stage}`}>
          <time dateTime={decision.at}>{when(decision.at)}</time>
          <strong>v{decision.version}</strong>
          <StageChip stage={decision.stage} />
          <span className="decision-reason">{decision.reason}</span>
        </li>
      ))}
    </ol>
  );
}
