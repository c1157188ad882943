import type { LearningSnapshot } from "../api/shapes";
import { dueWords } from "../feedback/lineage";

/** Which versions learned from feedback that was withdrawn, and what becomes of them. */
export function ForgettingNote({ snapshot }: { snapshot: LearningSnapshot }) {
  const { forgetting, checkpoints } = snapshot;
  if (forgetting.versions.length === 0) return null;
  const live = checkpoints.find(({ stage }) => stage === "live")?.version;
  const known = forgetting.versions.find(({ version }) => version === live);
  return (
    <div className="forgetting" data-testid="forgetting">
      {known && (
        <p>
          <strong>
            v{known.version}, which is live, learned from {judgements(known.withdrawn)} withdrawn since.
          </strong>{" "}
          {forgetting.dueAt && `${dueWords(forgetting.dueAt)}, from v${forgetting.startsFrom}.`}
        </p>
      )}
      <ul aria-label="Versions that learned from withdrawn feedback">
        {forgetting.versions
          .filter(({ version }) => version !== live)
          .map(({ version, withdrawn }) => (
            <li key={version}>
              v{version} learned from {judgements(withdrawn)} withdrawn since: it cannot be made live again.
            </li>
          ))}
      </ul>
    </div>
  );
}

function judgements(count: number): string {
  return count === 1 ? "1 judgement that was" : `${count.toLocaleString()} judgements that were`;
}
