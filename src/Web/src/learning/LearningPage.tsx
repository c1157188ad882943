import { ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import { Link } from "react-router";
import { signInPath } from "../account/paths";
import { messageOf } from "../api/http";
import type { LearningSnapshot } from "../api/shapes";
import { Brand } from "../app/Brand";
import { useMe } from "../app/useMe";
import { ConnectionState } from "../connection/ConnectionState";
import { ThemeToggle } from "../theme/ThemeToggle";
import { CheckpointTable } from "./CheckpointTable";
import { RunCurves, VersionCurves } from "./Curves";
import { DecisionLog } from "./DecisionLog";
import { FeedbackPanel } from "./FeedbackPanel";
import { ForgettingNote } from "./ForgettingNote";
import { LineageGraph } from "./LineageGraph";
import { latencyWords } from "./latency";
import { TrainerPanel } from "./TrainerPanel";
import { TrialPanel } from "./TrialPanel";
import { useLearning } from "./useLearning";
import "./learning.css";
import "./checkpoints.css";
import "./curves.css";

export default function LearningPage() {
  const { snapshot, error, link } = useLearning();
  const live = snapshot?.checkpoints.find(({ stage }) => stage === "live")?.version;

  useEffect(() => {
    document.title = "Learning · ChatLoop";
  }, []);

  return (
    <div className="learning-page">
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <header className="learning-header">
        <Brand />
        <nav aria-label="Pages">
          <Link to="/" className="button quiet small">
            <ArrowLeft size={15} aria-hidden /> Chat
          </Link>
        </nav>
        <span className="header-space" />
        {live !== undefined && (
          <span className="live-version" data-testid="live-version" data-version={live} key={live}>
            <span className="live-dot" aria-hidden />v{live} live
          </span>
        )}
        <ThemeToggle />
      </header>
      <ConnectionState link={link} />
      <main id="main" className="learning-main" tabIndex={-1}>
        <div className="learning-title">
          <h1>How the model learns</h1>
          <p>
            Judgements become a reward model, the reward model trains the policy, and a gate decides whether the result
            answers next.
          </p>
        </div>
        {snapshot ? (
          <Loop snapshot={snapshot} />
        ) : error ? (
          <div className="notice" role="alert">
            {messageOf(error)}
          </div>
        ) : (
          <p className="soft">Loading…</p>
        )}
      </main>
    </div>
  );
}

/** Why there is no button to change the served version. */
function WhoDecides() {
  const role = useMe().data?.role;
  if (role === undefined || role === "admin") return null;
  return (
    <p className="soft who-decides" data-testid="who-decides">
      Only an admin can change which version is live.
      {role === "visitor" && (
        <>
          {" "}
          <a href={signInPath("/learning")}>Sign in</a> if you are one.
        </>
      )}
    </p>
  );
}

function Loop({ snapshot }: { snapshot: LearningSnapshot }) {
  const latency = latencyWords(snapshot.latency);
  return (
    <>
      <div className="panels">
        <FeedbackPanel snapshot={snapshot} />
        <TrainerPanel trainer={snapshot.trainer} />
      </div>
      {snapshot.canary && <TrialPanel status={snapshot.canary} />}
      {latency && (
        <p className="latency" data-testid="feedback-latency">
          {latency}
        </p>
      )}
      <RunCurves trainer={snapshot.trainer} />
      <section aria-labelledby="lineage-heading">
        <h2 id="lineage-heading">Versions</h2>
        <ForgettingNote snapshot={snapshot} />
        <div className="card flush">
          <LineageGraph checkpoints={snapshot.checkpoints} forgetting={snapshot.forgetting} />
          <CheckpointTable checkpoints={snapshot.checkpoints} pin={snapshot.pin} forgetting={snapshot.forgetting} />
        </div>
        <WhoDecides />
      </section>
      <VersionCurves checkpoints={snapshot.checkpoints} />
      <section aria-labelledby="decisions-heading">
        <h2 id="decisions-heading">Decisions</h2>
        <DecisionLog decisions={snapshot.decisions} />
      </section>
    </>
  );
}
