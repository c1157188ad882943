import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/http";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";
import { type OrderKind, orders } from "./orders";

export interface Order {
  kind: OrderKind;
  version: number;
}

/** Asks for the reason, which is kept, before anything changes. */
export function OrderDialog({ order: { kind, version }, onClose }: { order: Order; onClose(): void }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const words = orders[kind];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!reason.trim()) return setProblem("Say why: the reason is kept with the decision.");
    setSaving(true);
    try {
      await words.give(version, reason.trim());
      void queries.invalidateQueries({ queryKey: keys.learning });
      void queries.invalidateQueries({ queryKey: keys.me });
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
      setSaving(false);
    }
  };
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title={words.title(version)}
      description={<p>{words.effect}</p>}
    >
      <form onSubmit={submit}>
        <label className="label" htmlFor="order-reason">
          Reason
        </label>
        <textarea
          id="order-reason"
          className="field"
          data-testid="order-reason"
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        {problem && (
          <p className="problem-text" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog-actions spaced">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" data-testid="order-confirm" disabled={saving}>
            {words.confirm(version)}
          </button>
        </div>
      </form>
    </Modal>
  );
}
