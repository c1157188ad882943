import { type FormEvent, useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { useNotify } from "../controls/Toasts";

export function PasswordForm() {
  const notify = useNotify();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [problem, setProblem] = useState<string>();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await api.changePassword(current, next);
      setCurrent("");
      setNext("");
      notify("The password is changed. Other browsers are signed out.");
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <section aria-labelledby="password-heading">
      <h2 id="password-heading">Password</h2>
      <form className="card account-card" onSubmit={save}>
        <div>
          <label className="label" htmlFor="current-password">
            Current password
          </label>
          <input
            id="current-password"
            className="field"
            type="password"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        </div>
        <div>
          <label className="label" htmlFor="next-password">
            New password
          </label>
          <input
            id="next-password"
            className="field"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            maxLength={256}
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </div>
        {problem && (
          <p className="problem-text" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="button" data-testid="change-password">
          Change password
        </button>
      </form>
    </section>
  );
}
