import { useEffect } from "react";
import type { FeedbackStatus } from "../api/shapes";
import { useNotify } from "../controls/Toasts";
import { useShowEffect } from "../effects/EffectProvider";

const key = "chatloop.feedback.waiting";

/** Ids that wait to be learned, kept so that someone who returns the next day is told too. */
function readWaiting(): Set<string> {
  try {
    return new Set(JSON.parse(localStorage.getItem(key) ?? "[]") as string[]);
  } catch {
    return new Set();
  }
}

/** The judgements that were waiting and now are learned, by version; and those that wait from here on. */
export function newlyLearned(waiting: ReadonlySet<string>, list: FeedbackStatus[]) {
  const learned = new Map<number, string[]>();
  const still: string[] = [];
  for (const { submission, state, learnedInVersion } of list) {
    if (state === "recorded" || state === "inTraining") still.push(submission.feedbackId);
    else if (state === "learned" && learnedInVersion != null && waiting.has(submission.feedbackId))
      learned.set(learnedInVersion, [...(learned.get(learnedInVersion) ?? []), submission.feedbackId]);
  }
  return { learned, still };
}

/** "Used", never "caused": that a batch held a judgement is known, what the judgement changed is not. */
export function learnedWords(version: number, count: number, live: number | undefined): string {
  const whose = count === 1 ? "Your feedback was" : `${count} of your judgements were`;
  return live === undefined || live <= version
    ? `${whose} used in v${version}, which is live now`
    : `${whose} used in v${version}`;
}

export function useLearnedNotice(list: FeedbackStatus[] | undefined, live: number | undefined): void {
  const notify = useNotify();
  const showEffect = useShowEffect();
  useEffect(() => {
    if (!list) return;
    // The states of one batch arrive one by one: wait for the rest and say it once.
    const timer = setTimeout(() => {
      const { learned, still } = newlyLearned(readWaiting(), list);
      for (const [version, ids] of learned) {
        const action = { label: "See what changed", run: () => showEffect(ids[0] ?? "") };
        notify(learnedWords(version, ids.length, live), "info", action);
      }
      try {
        localStorage.setItem(key, JSON.stringify(still));
      } catch {
        // Without storage there is no notice after a reload.
      }
    }, 500);
    return () => clearTimeout(timer);
  }, [list, live, notify, showEffect]);
}
