import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { AccountEntry } from "../api/shapes";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";
import { useNotify } from "../controls/Toasts";
import { CredentialsForm } from "./CredentialsForm";

export function NewAccountDialog({ onClose }: { onClose(): void }) {
  const queries = useQueryClient();
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title="New account"
      description={<p>Tell them the password by a way of your own. They change it on their account page.</p>}
    >
      <CredentialsForm
        newPassword={8}
        submitLabel="Create account"
        submit={async (name, password) => {
          await api.makeAccount(name, password, "user");
          void queries.invalidateQueries({ queryKey: keys.accounts });
          onClose();
        }}
      />
    </Modal>
  );
}

export function ReplacePasswordDialog({ account, onClose }: { account: AccountEntry; onClose(): void }) {
  const notify = useNotify();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string>();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await api.replacePassword(account.userId, password);
      notify(`${account.name} has a new password and is signed out everywhere.`);
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title={`New password for ${account.name}`}>
      <form className="credentials" onSubmit={save}>
        <div>
          <label className="label" htmlFor="replacement">
            Password
          </label>
          <input
            id="replacement"
            className="field"
            autoComplete="off"
            required
            minLength={8}
            maxLength={256}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
        {problem && (
          <p className="problem-text" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog-actions">
          <button type="submit" className="button primary">
            Replace
          </button>
        </div>
      </form>
    </Modal>
  );
}
