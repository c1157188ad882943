import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { ApiScope } from "../api/shapes";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";

const scopeWords: Record<ApiScope, string> = {
  chat: "Chat: your conversations",
  feedback: "Feedback: your judgements and consent",
  admin: "Admin: which version serves",
};

/** Makes a key, then shows it: the one time that it is seen. */
export function ApiKeyDialog({ mayAdmin, onClose }: { mayAdmin: boolean; onClose(): void }) {
  const queries = useQueryClient();
  const [key, setKey] = useState<string>();
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title={key ? "Your new key" : "New API key"}>
      {key ? (
        <ShownKey text={key} onClose={onClose} />
      ) : (
        <KeyForm
          scopes={mayAdmin ? ["chat", "feedback", "admin"] : ["chat", "feedback"]}
          onMade={(made) => {
            setKey(made);
            void queries.invalidateQueries({ queryKey: keys.apiKeys });
          }}
        />
      )}
    </Modal>
  );
}

function ShownKey({ text, onClose }: { text: string; onClose(): void }) {
  const [copied, setCopied] = useState(false);
  return (
    <>
      <p>Copy it now: it is not shown again.</p>
      <code className="shown-key" data-testid="shown-key">
        {text}
      </code>
      <div className="dialog-actions spaced">
        <button
          type="button"
          className="button"
          onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
        >
          {copied ? "Copied" : "Copy"}
        </button>
        <button type="button" className="button primary" data-testid="key-done" onClick={onClose}>
          Done
        </button>
      </div>
    </>
  );
}

function KeyForm({ scopes, onMade }: { scopes: ApiScope[]; onMade(key: string): void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(90);
  const [chosen, setChosen] = useState<ApiScope[]>(["chat"]);
  const [problem, setProblem] = useState<string>();
  const make = async (event: FormEvent) => {
    event.preventDefault();
    try {
      onMade((await api.makeApiKey(name.trim(), chosen, days)).key);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  const toggle = (scope: ApiScope, on: boolean) =>
    setChosen((before) => (on ? [...before, scope] : before.filter((other) => other !== scope)));
  return (
    <form className="credentials" onSubmit={make}>
      <div>
        <label className="label" htmlFor="key-name">
          What is it for?
        </label>
        <input
          id="key-name"
          className="field"
          data-testid="key-name"
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <fieldset className="scopes">
        <legend className="label">It may use</legend>
        {scopes.map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              data-testid={`scope-${scope}`}
              checked={chosen.includes(scope)}
              onChange={(event) => toggle(scope, event.target.checked)}
            />
            {scopeWords[scope]}
          </label>
        ))}
      </fieldset>
      <div>
        <label className="label" htmlFor="key-days">
          Expires in
        </label>
        <select id="key-days" className="field" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          <option value={7}>7 days</option>
          <option value={30}>30 days</option>
          <option value={90}>90 days</option>
          <option value={365}>a year</option>
        </select>
      </div>
      {problem && (
        <p className="problem-text" role="alert">
          {problem}
        </p>
      )}
      <div className="dialog-actions">
        <button type="submit" className="button primary" data-testid="make-key">
          Make key
        </button>
      </div>
    </form>
  );
}
