import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { ApiKeyEntry } from "../api/shapes";
import { keys } from "../app/services";
import { useNotify } from "../controls/Toasts";
import { ApiKeyDialog } from "./ApiKeyDialog";

export function ApiKeys({ mayAdmin }: { mayAdmin: boolean }) {
  const list = useQuery({ queryKey: keys.apiKeys, queryFn: api.apiKeys });
  const [making, setMaking] = useState(false);
  return (
    <section aria-labelledby="keys-heading">
      <h2 id="keys-heading">API keys</h2>
      <div className="card account-card">
        <p className="soft">
          For programs: they send <code>Authorization: Bearer cl_…</code> and act as you, within the key's scopes.
        </p>
        {list.isError && <p className="problem-text">{messageOf(list.error)}</p>}
        {list.data && list.data.length > 0 && (
          <ul className="key-list">
            {list.data.map((entry) => (
              <KeyRow key={entry.keyId} entry={entry} />
            ))}
          </ul>
        )}
        <button type="button" className="button" data-testid="new-key" onClick={() => setMaking(true)}>
          <Plus size={15} aria-hidden /> New key
        </button>
      </div>
      {making && <ApiKeyDialog mayAdmin={mayAdmin} onClose={() => setMaking(false)} />}
    </section>
  );
}

function KeyRow({ entry }: { entry: ApiKeyEntry }) {
  const queries = useQueryClient();
  const notify = useNotify();
  const revoke = async () => {
    try {
      await api.revokeApiKey(entry.keyId);
      void queries.invalidateQueries({ queryKey: keys.apiKeys });
    } catch (error) {
      notify(messageOf(error), "problem");
    }
  };
  const expired = new Date(entry.expiresAt) < new Date();
  return (
    <li className="key-row" data-testid="api-key">
      <div>
        <strong>{entry.name}</strong> <code>{entry.prefix}…</code>
        <p className="soft">
          {entry.scopes.join(", ")} · {expired ? "expired" : "until"} {new Date(entry.expiresAt).toLocaleDateString()}
        </p>
      </div>
      <button type="button" className="button small" data-testid="revoke-key" onClick={() => void revoke()}>
        Revoke<span className="visually-hidden"> {entry.name}</span>
      </button>
    </li>
  );
}
