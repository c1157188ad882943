import { Eye, EyeOff } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { messageOf } from "../api/http";
import { IconButton } from "../controls/IconButton";

interface Props {
  /** A password that is chosen here, and its least length; without it, one that is known. */
  newPassword?: number;
  submitLabel: string;
  submit(name: string, password: string): Promise<void>;
}

/** Name and password. Managers of passwords fill it in, and pasting is allowed. */
export function CredentialsForm({ newPassword, submitLabel, submit }: Props) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const id = useId();

  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await submit(name.trim(), password);
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <form className="credentials" onSubmit={send}>
      <div>
        <label className="label" htmlFor={`${id}-name`}>
          Name
        </label>
        <input
          id={`${id}-name`}
          className="field"
          data-testid="account-name"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div>
        <label className="label" htmlFor={`${id}-password`}>
          Password
        </label>
        <div className="password-field">
          <input
            id={`${id}-password`}
            className="field"
            data-testid="account-password"
            type={shown ? "text" : "password"}
            autoComplete={newPassword ? "new-password" : "current-password"}
            required
            minLength={newPassword}
            maxLength={256}
            aria-describedby={newPassword ? `${id}-rule` : undefined}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <IconButton label={shown ? "Hide password" : "Show password"} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
          </IconButton>
        </div>
        {newPassword && (
          <p className="field-hint" id={`${id}-rule`}>
            {newPassword} characters or more. Several words are easy to remember.
          </p>
        )}
      </div>
      {problem && (
        <p className="problem-text" role="alert" data-testid="account-problem">
          {problem}
        </p>
      )}
      <button type="submit" className="button primary" data-testid="account-submit" disabled={busy}>
        {submitLabel}
      </button>
    </form>
  );
}
