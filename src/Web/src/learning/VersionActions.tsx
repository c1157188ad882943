import { Pin, PinOff, Play, RotateCcw, Square } from "lucide-react";
import type { CheckpointRecord } from "../api/shapes";
import type { Order } from "./OrderDialog";
import { type OrderKind, orders } from "./orders";

const icons: Record<OrderKind, typeof Pin> = {
  rollBack: RotateCcw,
  promote: Play,
  stop: Square,
  pin: Pin,
  unpin: PinOff,
};

/** The orders that make sense for a version at its stage; none makes one live that learned from what was withdrawn. */
export function ordersFor(
  { stage, version }: CheckpointRecord,
  pinned: number | undefined,
  knowsWithdrawn = false,
): OrderKind[] {
  if (stage === "live") return [pinned === version ? "unpin" : "pin"];
  // While a version is pinned, nothing else can go live.
  if (stage === "canary") return knowsWithdrawn ? ["stop"] : ["promote", "stop"];
  if (pinned !== undefined || knowsWithdrawn) return [];
  if (stage === "retired") return ["rollBack"];
  return stage === "held" ? ["promote"] : [];
}

export function VersionActions(props: {
  checkpoint: CheckpointRecord;
  pinned: number | undefined;
  knowsWithdrawn: boolean;
  onOrder(order: Order): void;
}) {
  const { version } = props.checkpoint;
  return ordersFor(props.checkpoint, props.pinned, props.knowsWithdrawn).map((kind) => {
    const Icon = icons[kind];
    return (
      <button
        key={kind}
        type="button"
        className="button small"
        data-testid={`order-${kind}`}
        onClick={() => props.onOrder({ kind, version })}
      >
        <Icon size={13} aria-hidden /> {orders[kind].button}
        <span className="visually-hidden"> v{version}</span>
      </button>
    );
  });
}
