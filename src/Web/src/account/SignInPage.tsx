import { useQuery } from "@tanstack/react-query";
import { api } from "../api/calls";
import { keys } from "../app/services";
import { CredentialsForm } from "./CredentialsForm";
import { EntranceLayout } from "./EntranceLayout";
import { nextPath } from "./paths";

/** How coming back from the identity provider may end. */
const problems: Record<string, string> = {
  failed: "You were not signed in there. Try again; the server's log says why.",
  unreachable: "The identity provider cannot be reached. Try again in a moment.",
  closed: "An admin has closed this account.",
};

/** Also where one makes an account: the two forms differ in words alone. */
export default function SignInPage({ makesAccount = false }: { makesAccount?: boolean }) {
  const ways = useQuery({ queryKey: keys.waysIn, queryFn: api.waysIn }).data;
  const next = nextPath(location.search);
  const problem = problems[new URLSearchParams(location.search).get("problem") ?? ""];
  const search = next === "/" ? "" : `?next=${encodeURIComponent(next)}`;

  return (
    <EntranceLayout title={makesAccount ? "Create an account" : "Sign in"}>
      {makesAccount && ways?.visitors && (
        <p className="soft">What you have chatted and judged in this browser so far becomes the account's.</p>
      )}
      {ways?.openIdConnect && (
        <a className="button" data-testid="openid" href={`/sign-in/openid?next=${encodeURIComponent(next)}`}>
          Continue with {ways.openIdConnect}
        </a>
      )}
      {problem && (
        <p className="problem-text" role="alert" data-testid="openid-problem">
          {problem}
        </p>
      )}
      <CredentialsForm
        newPassword={makesAccount ? 8 : undefined}
        submitLabel={makesAccount ? "Create account" : "Sign in"}
        submit={async (name, password) => {
          await (makesAccount ? api.signUp : api.signIn)(name, password);
          location.assign(next);
        }}
      />
      <div className="entrance-foot">
        {makesAccount ? (
          <p>
            You have one? <a href={`/sign-in${search}`}>Sign in</a>
          </p>
        ) : (
          <>
            {ways?.signUp && (
              <p>
                No account yet? <a href={`/sign-up${search}`}>Create one</a>
              </p>
            )}
            <p className="soft">A forgotten password is replaced by an admin.</p>
          </>
        )}
        {ways?.visitors && (
          <p>
            <a href="/">Chat without an account</a>
          </p>
        )}
        {ways?.setUp && <p className="soft">Nobody is admin yet: the server's console shows a link that makes one.</p>}
      </div>
    </EntranceLayout>
  );
}
