import { Switch } from "radix-ui";
import { useState } from "react";
import { Link } from "react-router";
import { messageOf } from "../api/http";
import type { FeedbackStatus, FeedbackSubmission } from "../api/shapes";
import { useMe } from "../app/useMe";
import { Modal } from "../controls/Modal";
import type { ShowTarget } from "../conversation/useShowTarget";
import { useShowEffect } from "../effects/EffectProvider";
import { useSetConsent } from "./ConsentGate";
import { FeedbackStateLabel } from "./FeedbackStateLabel";
import { choiceOf, choiceWords, currentOf, targetOf, wordsFor } from "./judgements";
import { TakeBack } from "./TakeBack";
import { useFeedback } from "./useFeedback";
import "./feedback.css";

interface Props {
  open: boolean;
  onOpenChange(open: boolean): void;
}

export function MyFeedbackDialog({ open, onOpenChange }: Props) {
  const { all, loading } = useFeedback();
  const current = currentOf(all);
  return (
    <Modal open={open} onOpenChange={onOpenChange} title="My feedback" wide>
      <ConsentSwitch />
      {loading ? (
        <p>Loading…</p>
      ) : current.length === 0 ? (
        <p>You have not judged an answer yet. The thumbs under each answer are a good start.</p>
      ) : (
        <>
          <TakeBack given={current} />
          <ul className="my-feedback">
            {current.map((status) => (
              <Row key={status.submission.feedbackId} status={status} onOpen={() => onOpenChange(false)} />
            ))}
          </ul>
        </>
      )}
    </Modal>
  );
}

function ConsentSwitch() {
  const me = useMe();
  const setConsent = useSetConsent();
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const granted = me.data?.consent === "granted";

  const change = async (next: boolean) => {
    setSaving(true);
    setProblem(undefined);
    try {
      await setConsent(next);
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setSaving(false);
    }
  };

  return (
    <div className="consent-choice">
      <div>
        <label htmlFor="consent-switch">Learn from my feedback</label>
        <p id="consent-words">
          {me.data?.consent === "notAsked"
            ? "You have not chosen yet. Until you do, nothing is used."
            : granted
              ? "Judged answers, the messages before them, and what you say or write about them are used for training. If you turn this off, what was used is withdrawn for good, and the next version is made without it."
              : "Your feedback is stored for you, and not used. What was used before is withdrawn."}
        </p>
        {problem && <p className="problem-text">{problem}</p>}
      </div>
      <Switch.Root
        id="consent-switch"
        className="switch"
        aria-describedby="consent-words"
        data-testid="consent-switch"
        checked={granted}
        disabled={saving || !me.data}
        onCheckedChange={change}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  );
}

function Row({ status, onOpen }: { status: FeedbackStatus; onOpen(): void }) {
  const { judgementOf, withdraw } = useFeedback();
  const { submission } = status;
  const target = targetOf(submission);
  const { pending } = judgementOf(target);
  const showEffect = useShowEffect();
  return (
    <li data-testid="my-feedback-item" data-choice={choiceOf(submission)}>
      <div className="my-feedback-main">
        <strong>{choiceWords(submission)}</strong>
        {submission.text && <q className="my-feedback-text">{submission.text}</q>}
        {submission.comment && <q className="my-feedback-text">{submission.comment}</q>}
        {status.lineage && (
          <span className="my-feedback-became" data-testid="feedback-became">
            {wordsFor(status).long}
          </span>
        )}
        <span className="my-feedback-meta">
          <time dateTime={status.recordedAt}>{new Date(status.recordedAt).toLocaleString()}</time>
          <Link
            to={`/c/${submission.conversationId}`}
            state={{ show: placeOf(submission) }}
            data-testid="show-feedback"
            onClick={onOpen}
          >
            {status.state === "withdrawn" ? "Show" : "Show and change"}
          </Link>
          {status.learnedInVersion != null && status.state !== "withdrawn" && (
            <button
              type="button"
              className="link-button"
              data-testid="show-effect"
              onClick={() => showEffect(submission.feedbackId)}
            >
              How it was used
            </button>
          )}
        </span>
      </div>
      <FeedbackStateLabel judgement={{ says: undefined, status, pending }} />
      {status.state === "withdrawn" ? (
        <span className="my-feedback-gap" />
      ) : (
        <button
          type="button"
          className="button small"
          data-testid="withdraw"
          disabled={pending}
          onClick={() => void withdraw(target)}
        >
          Withdraw
        </button>
      )}
    </li>
  );
}

/** Where in its conversation a judgement is shown, and can be changed. */
function placeOf({ turnId, userTurnId, comparisonId }: FeedbackSubmission): ShowTarget {
  return { turnId: userTurnId ?? turnId, comparisonId };
}
