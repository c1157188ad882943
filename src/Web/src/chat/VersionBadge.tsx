import type { VersionSpan } from "../api/shapes";
import { versionWords } from "./shownTurn";

/** Which version of the model wrote an answer. */
export function VersionBadge({ versions }: { versions: VersionSpan[] }) {
  const words = versionWords(versions);
  if (!words) return null;
  const title = words.includes("→")
    ? `The model was updated while this answer was written: ${words}`
    : `Written by version ${words.slice(1)} of the model`;
  return (
    <span className="version-badge" data-testid="version-badge" title={title}>
      {words}
    </span>
  );
}

/** Says where in a conversation another version of the model took over. */
export function VersionDivider({ from, to }: { from: number; to: number }) {
  return (
    <div className="version-divider" data-testid="version-divider">
      <span>
        v{to} answers from here on <span className="visually-hidden">(before: v{from})</span>
      </span>
    </div>
  );
}
