import { useQuery } from "@tanstack/react-query";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { FeedbackEffect, VersionAnswer } from "../api/shapes";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";
import { JudgedAnswers } from "./JudgedAnswers";
import { samplingWords, scoreChangeWords, scoreWords, usedWords } from "./words";
import "./effects.css";

/** The version that used a judgement beside the one before it. */
export function EffectDialog({ feedbackId, onClose }: { feedbackId: string; onClose(): void }) {
  const effect = useQuery({
    queryKey: keys.effect(feedbackId),
    queryFn: () => api.feedbackEffect(feedbackId),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title="How your feedback was used" wide>
      {effect.data ? (
        <Effect effect={effect.data} />
      ) : effect.error ? (
        <p className="problem-text" role="alert" data-testid="effect-problem">
          {messageOf(effect.error)}
        </p>
      ) : (
        <p role="status">Both versions are being asked. This takes a moment.</p>
      )}
    </Modal>
  );
}

function Effect({ effect }: { effect: FeedbackEffect }) {
  const { before, after, prompt } = effect;
  const scores = scoreChangeWords(effect);
  return (
    <div className="effect" data-testid="effect" data-version={effect.version} data-use={effect.use}>
      <p className="effect-use" data-testid="effect-use">
        {usedWords(effect)}
      </p>
      <section aria-labelledby="effect-prompt">
        <h3 id="effect-prompt">The message</h3>
        <blockquote data-testid="effect-prompt">{prompt.at(-1)?.text}</blockquote>
        {prompt.length > 1 && <p>The {prompt.length - 1} messages before it were read, too.</p>}
      </section>
      <section aria-labelledby="effect-answers">
        <h3 id="effect-answers">Before and after</h3>
        <p>{samplingWords(effect)}</p>
        <div className="effect-panes">
          <Pane answer={before} />
          <Pane answer={after} />
        </div>
        {before.text === after.text && <p>Both answer the same.</p>}
        {scores && <p>{scores}</p>}
      </section>
      <JudgedAnswers effect={effect} />
      <p className="effect-note">
        The difference is the work of the whole batch. What this judgement alone changed cannot be told apart from it.
        Scores are the reward model's: 0 is an average answer of version {before.version}, 1 is one standard deviation
        better.
      </p>
    </div>
  );
}

function Pane({ answer }: { answer: VersionAnswer }) {
  return (
    <figure className="effect-pane" data-testid="effect-answer" data-version={answer.version}>
      <figcaption>
        Version {answer.version}
        <span>Score {scoreWords(answer.reward)}</span>
      </figcaption>
      <p>{answer.text || "(nothing)"}</p>
    </figure>
  );
}
