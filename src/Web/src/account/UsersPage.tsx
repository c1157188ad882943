import { useQuery, useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { AccountEntry, Role } from "../api/shapes";
import { keys } from "../app/services";
import { useMe } from "../app/useMe";
import { useNotify } from "../controls/Toasts";
import { NewAccountDialog, ReplacePasswordDialog } from "./AccountDialogs";
import { PageLayout } from "./PageLayout";

export default function UsersPage() {
  const me = useMe().data;
  return (
    <PageLayout title="Users">
      {me && (me.role === "admin" ? <UserTable ownId={me.userId} /> : <p>Only an admin sees who has an account.</p>)}
    </PageLayout>
  );
}

function UserTable({ ownId }: { ownId: string }) {
  const list = useQuery({ queryKey: keys.accounts, queryFn: api.accounts });
  const [dialog, setDialog] = useState<"new" | AccountEntry>();
  if (list.isError) return <p className="problem-text">{messageOf(list.error)}</p>;
  return (
    <section aria-label="Accounts">
      <div className="card flush">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms. */}
        <div role="group" className="table-scroll" tabIndex={0} aria-label="Accounts">
          <table className="users">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">Since</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {list.data?.map((account) => (
                <UserRow
                  key={account.userId}
                  account={account}
                  own={account.userId === ownId}
                  onReplacePassword={() => setDialog(account)}
                />
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <button type="button" className="button users-new" data-testid="new-account" onClick={() => setDialog("new")}>
        <UserPlus size={15} aria-hidden /> New account
      </button>
      {dialog === "new" && <NewAccountDialog onClose={() => setDialog(undefined)} />}
      {dialog && dialog !== "new" && <ReplacePasswordDialog account={dialog} onClose={() => setDialog(undefined)} />}
    </section>
  );
}

function UserRow({
  account,
  own,
  onReplacePassword,
}: {
  account: AccountEntry;
  own: boolean;
  onReplacePassword(): void;
}) {
  const queries = useQueryClient();
  const notify = useNotify();
  const change = async (wanted: { role?: Role; disabled?: boolean }) => {
    try {
      await api.changeAccount(account.userId, wanted);
    } catch (error) {
      notify(messageOf(error), "problem");
    }
    void queries.invalidateQueries({ queryKey: keys.accounts });
    if (own) void queries.invalidateQueries({ queryKey: keys.me });
  };
  return (
    <tr data-testid="user-row" data-name={account.name} className={account.disabled ? "disabled" : undefined}>
      <th scope="row">
        {account.name}
        {own && <span className="soft"> (you)</span>}
        {account.disabled && <span className="chip">Closed</span>}
      </th>
      <td>
        <select
          className="field compact"
          aria-label={`Role of ${account.name}`}
          data-testid="user-role"
          value={account.role}
          onChange={(event) => void change({ role: event.target.value as Role })}
        >
          <option value="user">User</option>
          <option value="reviewer">Reviewer</option>
          <option value="admin">Admin</option>
        </select>
      </td>
      <td>
        <time dateTime={account.createdAt}>{new Date(account.createdAt).toLocaleDateString()}</time>
      </td>
      <td className="row-actions">
        {account.local && (
          <button type="button" className="button quiet small" onClick={onReplacePassword}>
            New password<span className="visually-hidden"> for {account.name}</span>
          </button>
        )}
        <button
          type="button"
          className="button quiet small"
          data-testid="user-disable"
          onClick={() => void change({ disabled: !account.disabled })}
        >
          {account.disabled ? "Open" : "Close"}
          <span className="visually-hidden"> the account of {account.name}</span>
        </button>
      </td>
    </tr>
  );
}
