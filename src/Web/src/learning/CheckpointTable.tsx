import { ChevronDown, ChevronRight, Pin } from "lucide-react";
import { Fragment, useState } from "react";
import type { CheckpointRecord, CheckpointStage, ForgettingStatus, VersionPin } from "../api/shapes";
import { useMe } from "../app/useMe";
import { GateChecks } from "./GateChecks";
import { number, percent } from "./metrics";
import { type Order, OrderDialog } from "./OrderDialog";
import { VersionActions } from "./VersionActions";

const stageWords: Record<CheckpointStage, string> = {
  live: "Live",
  candidate: "Candidate",
  retired: "Retired",
  rejected: "Stopped",
  canary: "On trial",
  held: "Held",
};

export function StageChip({ stage }: { stage: CheckpointStage }) {
  return <span className={`chip stage ${stage}`}>{stageWords[stage]}</span>;
}

export function CheckpointTable(props: {
  checkpoints: CheckpointRecord[];
  pin?: VersionPin | null;
  forgetting: ForgettingStatus;
}) {
  const { checkpoints, pin } = props;
  const withdrawn = new Set(props.forgetting.versions.map(({ version }) => version));
  const [open, setOpen] = useState<number>();
  const [order, setOrder] = useState<Order>();
  const mayChange = useMe().data?.role === "admin";
  const newestFirst = [...checkpoints].sort((a, b) => b.version - a.version);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms. */}
      <div role="group" className="table-scroll" tabIndex={0} aria-label="Versions">
        <table className="checkpoints">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Stage</th>
              <th scope="col">From</th>
              <th scope="col">Created</th>
              <th scope="col" className="num">
                Feedback
              </th>
              <th scope="col" className="num">
                RM accuracy
              </th>
              <th scope="col" className="num">
                Reward
              </th>
              <th scope="col" className="num">
                KL
              </th>
              <th scope="col" className="num">
                Entropy
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {newestFirst.map((checkpoint) => {
              const { version, parent, stage, createdAt, feedbackCount, metrics, gate } = checkpoint;
              const expanded = open === version;
              return (
                <Fragment key={version}>
                  <tr data-testid="checkpoint-row" data-version={version} data-stage={stage} className={stage}>
                    <th scope="row">v{version}</th>
                    <td>
                      <StageChip stage={stage} />
                      {pin?.version === version && (
                        <span className="chip pinned" title={`${pin.reason} Since ${when(pin.at)}.`}>
                          <Pin size={11} aria-hidden /> Pinned
                        </span>
                      )}
                    </td>
                    <td>{parent == null ? "Starter" : `v${parent}`}</td>
                    <td>
                      <time dateTime={createdAt}>{when(createdAt)}</time>
                    </td>
                    <td className="num">{feedbackCount.toLocaleString()}</td>
                    <td className="num">{metrics ? percent(metrics.rewardModelAccuracy) : "–"}</td>
                    <td className="num">{metrics ? number(metrics.reward) : "–"}</td>
                    <td className="num">{metrics ? number(metrics.kl) : "–"}</td>
                    <td className="num">{metrics ? number(metrics.entropy) : "–"}</td>
                    <td className="row-actions">
                      {mayChange && (
                        <VersionActions
                          checkpoint={checkpoint}
                          pinned={pin?.version}
                          knowsWithdrawn={withdrawn.has(version)}
                          onOrder={setOrder}
                        />
                      )}
                      <button
                        type="button"
                        className="button quiet small"
                        aria-expanded={expanded}
                        data-testid="gate-toggle"
                        onClick={() => setOpen(expanded ? undefined : version)}
                      >
                        {expanded ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
                        {gate ? "Gate" : "Details"}
                        <span className="visually-hidden"> of v{version}</span>
                      </button>
                    </td>
                  </tr>
                  {expanded && (
                    <tr className="detail-row">
                      <td colSpan={10}>
                        <GateChecks checkpoint={checkpoint} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      {order && <OrderDialog order={order} onClose={() => setOrder(undefined)} />}
    </>
  );
}

export function when(time: string): string {
  return new Date(time).toLocaleString(undefined, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}
