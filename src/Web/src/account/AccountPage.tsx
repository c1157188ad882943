import { useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { useMe } from "../app/useMe";
import { useNotify } from "../controls/Toasts";
import { roleWords } from "./AccountMenu";
import { ApiKeys } from "./ApiKeys";
import { PageLayout } from "./PageLayout";
import { PasswordForm } from "./PasswordForm";
import { signInPath } from "./paths";

export default function AccountPage() {
  const me = useMe().data;
  return (
    <PageLayout title="Account">
      {me &&
        (me.role === "visitor" ? (
          <p>
            You are not signed in. <a href={signInPath("/account")}>Sign in</a>
          </p>
        ) : (
          <>
            <p className="soft" data-testid="who-am-i">
              You are {me.name}, {roleWords[me.role].toLowerCase()}.
            </p>
            <ApiKeys mayAdmin={me.role === "admin"} />
            <PasswordForm />
            <Sessions />
          </>
        ))}
    </PageLayout>
  );
}

function Sessions() {
  const notify = useNotify();
  const [busy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    try {
      await api.signOutEverywhere();
      location.assign("/sign-in");
    } catch (error) {
      notify(messageOf(error), "problem");
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="sessions-heading">
      <h2 id="sessions-heading">Sessions</h2>
      <div className="card account-card">
        <p className="soft">Ends every browser's session of this account, this one too. API keys go on.</p>
        <button
          type="button"
          className="button"
          data-testid="sign-out-everywhere"
          disabled={busy}
          onClick={() => void end()}
        >
          Sign out everywhere
        </button>
      </div>
    </section>
  );
}
