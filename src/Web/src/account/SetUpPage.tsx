import { useEffect, useState } from "react";
import { api } from "../api/calls";
import { CredentialsForm } from "./CredentialsForm";
import { EntranceLayout } from "./EntranceLayout";

/** Makes the first admin, by the link of the server's console. */
export default function SetUpPage() {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token"));

  // The token stays out of the browser's history.
  useEffect(() => history.replaceState(null, "", location.pathname), []);

  return (
    <EntranceLayout title="Make the first admin">
      {token ? (
        <>
          <p className="soft">
            The admin decides which version of the model answers, and who is admin or reviewer besides. What you chatted
            in this browser so far becomes the account's.
          </p>
          <CredentialsForm
            newPassword={12}
            submitLabel="Create the admin"
            submit={async (name, password) => {
              await api.setUp(token, name, password);
              location.assign("/");
            }}
          />
        </>
      ) : (
        <p>
          Open the link that the server's console shows at each start, as long as nobody is admin. It ends in{" "}
          <code>#token=…</code>
        </p>
      )}
    </EntranceLayout>
  );
}
