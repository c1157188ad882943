import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";

export function RollbackDialog({ version, onClose }: { version: number; onClose(): void }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!reason.trim()) return setProblem("Say why: the reason is kept with the decision.");
    setSaving(true);
    try {
      await api.makeLive(version, reason.trim());
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
      title={`Make v${version} live again?`}
      description={<p>It answers everyone from the next token on. Answers that are being written go on with it.</p>}
    >
      <form onSubmit={submit}>
        <label className="label" htmlFor="rollback-reason">
          Reason
        </label>
        <textarea
          id="rollback-reason"
          className="field"
          data-testid="rollback-reason"
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
          <button type="submit" className="button primary" data-testid="rollback-confirm" disabled={saving}>
            Make v{version} live
          </button>
        </div>
      </form>
    </Modal>
  );
}
