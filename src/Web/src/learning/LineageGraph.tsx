import type { CheckpointRecord, ForgettingStatus } from "../api/shapes";

const gapX = 84;
const laneTop = 44;
const laneGap = 56;
const radius = 19;

/** Who came from whom. Versions that served are on the upper line, those that never did hang below their parent. */
export function LineageGraph({
  checkpoints,
  forgetting,
}: {
  checkpoints: CheckpointRecord[];
  forgetting: ForgettingStatus;
}) {
  const withdrawn = new Set(forgetting.versions.map(({ version }) => version));
  const ordered = [...checkpoints].sort((a, b) => a.version - b.version);
  const hanging = new Map<number, number>();
  const nodes = ordered.map((checkpoint, i) => {
    let lane = 0;
    if (checkpoint.stage !== "live" && checkpoint.stage !== "retired") {
      // Siblings hang one below the other, so that no line runs through another version.
      const parent = checkpoint.parent ?? 0;
      lane = 1 + ((hanging.get(parent) ?? 0) % 3);
      hanging.set(parent, lane);
    }
    return { checkpoint, lane, x: 34 + i * gapX, y: laneTop + lane * laneGap };
  });
  const byVersion = new Map(nodes.map((node) => [node.checkpoint.version, node]));
  const width = 68 + (nodes.length - 1) * gapX;
  const lowest = Math.max(0, ...nodes.map(({ lane }) => lane));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div role="group" className="lineage-scroll" tabIndex={0} aria-label="Lineage">
      <svg width={width} height={laneTop + lowest * laneGap + 34} role="img" aria-label={inWords(ordered, withdrawn)}>
        {nodes.map((node) => {
          const parent = node.checkpoint.parent == null ? undefined : byVersion.get(node.checkpoint.parent);
          if (!parent) return null;
          const between = nodes.some(
            ({ lane, x }) => lane === node.lane && lane === parent.lane && x > parent.x && x < node.x,
          );
          return (
            <path
              key={node.checkpoint.version}
              className={`edge ${node.checkpoint.stage}`}
              d={edge(parent, node, between)}
            />
          );
        })}
        {nodes.map(({ checkpoint, x, y }) => (
          <g
            key={checkpoint.version}
            className={`node ${checkpoint.stage}${withdrawn.has(checkpoint.version) ? " withdrawn" : ""}`}
            transform={`translate(${x} ${y})`}
          >
            <title>{`v${checkpoint.version}: ${checkpoint.stage}${withdrawnWords(withdrawn, checkpoint.version)}`}</title>
            <circle r={radius} />
            <text dy="0.35em">v{checkpoint.version}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}

interface Point {
  x: number;
  y: number;
}

/** Around what stands between, else straight along a line, else down in a curve. */
function edge(from: Point, to: Point, around: boolean): string {
  if (around) {
    const middle = (from.x + to.x) / 2;
    return `M${from.x} ${from.y - radius} Q${middle} ${from.y - radius - 42} ${to.x} ${to.y - radius}`;
  }
  if (from.y === to.y) return `M${from.x + radius} ${from.y} H${to.x - radius}`;
  const end = to.x - radius;
  return `M${from.x + 8} ${from.y + 17} C${from.x + 26} ${to.y} ${from.x + 34} ${to.y} ${end} ${to.y}`;
}

function inWords(checkpoints: CheckpointRecord[], withdrawn: ReadonlySet<number>): string {
  return checkpoints
    .map(
      ({ version, parent, stage }) =>
        `v${version}${parent == null ? "" : ` from v${parent}`}, ${stage}${withdrawnWords(withdrawn, version)}`,
    )
    .join("; ");
}

function withdrawnWords(withdrawn: ReadonlySet<number>, version: number): string {
  return withdrawn.has(version) ? ", learned from withdrawn feedback" : "";
}
