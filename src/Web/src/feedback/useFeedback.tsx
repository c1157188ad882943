import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { newId } from "../api/newId";
import type { FeedbackStatus } from "../api/shapes";
import { keys, useServices } from "../app/services";
import { useMe } from "../app/useMe";
import { useNotify } from "../controls/Toasts";
import { useConsentGate } from "./ConsentGate";
import { latestOf, type Says, saysOf, submissionFor, type Target, targetKey, withStatus } from "./judgements";
import { useLearnedNotice } from "./useLearnedNotice";

export interface Judgement {
  /** What is shown as said: the user's latest wish, before the server has confirmed it. */
  says: Says | undefined;
  status: FeedbackStatus | undefined;
  pending: boolean;
}

interface Feedback {
  all: FeedbackStatus[];
  loading: boolean;
  judgementOf(target: Target): Judgement;
  /** Resolves to the durable judgement; undefined if the user closed the consent question or the call failed. */
  judge(target: Target, says: Says): Promise<FeedbackStatus | undefined>;
  withdraw(target: Target): Promise<FeedbackStatus | undefined>;
}

const FeedbackContext = createContext<Feedback | null>(null);

export function useFeedback(): Feedback {
  const feedback = useContext(FeedbackContext);
  if (!feedback) throw new Error("FeedbackProvider is missing.");
  return feedback;
}

export function FeedbackProvider({ children }: { children: ReactNode }) {
  const { queries } = useServices();
  const notify = useNotify();
  const ensureConsent = useConsentGate();
  const me = useMe();
  const query = useQuery({ queryKey: keys.feedback, queryFn: api.myFeedback, enabled: me.isSuccess });
  const all = query.data ?? empty;
  useLearnedNotice(query.data, me.data?.live?.version);

  // Wishes that the server has not confirmed yet, by target; null is a wish to withdraw.
  const [wishes, setWishes] = useState<ReadonlyMap<string, Says | null>>(new Map());
  const queue = useRef(new Map<string, Promise<unknown>>());

  /** One call at a time per target, in the order of the clicks, so that the last click is what stays. */
  const inTurn = useCallback(
    async (target: Target, wish: Says | null, work: () => Promise<FeedbackStatus | undefined>) => {
      const key = targetKey(target);
      setWishes((before) => new Map(before).set(key, wish));
      const turn = (queue.current.get(key) ?? Promise.resolve()).then(work);
      const settled = turn.catch(() => undefined);
      queue.current.set(key, settled);
      try {
        const status = await turn;
        if (status) {
          // A refetch under way may have been answered before this judgement: it must not undo it.
          await queries.cancelQueries({ queryKey: keys.feedback });
          queries.setQueryData<FeedbackStatus[]>(keys.feedback, (list) => withStatus(list ?? [], status));
        }
        return status;
      } catch (error) {
        notify(`Your feedback was not saved. ${messageOf(error)}`, "problem");
        return undefined;
      } finally {
        if (queue.current.get(key) === settled) {
          queue.current.delete(key);
          setWishes((before) => {
            const after = new Map(before);
            after.delete(key);
            return after;
          });
        }
      }
    },
    [queries, notify],
  );

  const judge = useCallback<Feedback["judge"]>(
    async (target, says) => {
      // A skip says nothing about an answer, so there is nothing to consent to.
      if (says.verdict !== "skip" && !(await ensureConsent())) return undefined;
      const submission = submissionFor(target, says, newId());
      return inTurn(target, says, () => api.giveFeedback(submission));
    },
    [ensureConsent, inTurn],
  );

  const withdraw = useCallback<Feedback["withdraw"]>(
    (target) =>
      inTurn(target, null, async () => {
        // Looked up when its turn comes: the judgement to withdraw may still have been on its way when it was clicked.
        const current = latestOf(queries.getQueryData<FeedbackStatus[]>(keys.feedback) ?? [], target);
        if (!current || current.state === "withdrawn") return current;
        return api.withdrawFeedback(current.submission.feedbackId);
      }),
    [inTurn, queries],
  );

  const value = useMemo<Feedback>(
    () => ({
      all,
      loading: query.isPending,
      judgementOf(target) {
        const status = latestOf(all, target);
        const wish = wishes.get(targetKey(target));
        const settled = status && status.state !== "withdrawn" ? saysOf(status.submission) : undefined;
        return { says: wish === undefined ? settled : (wish ?? undefined), status, pending: wish !== undefined };
      },
      judge,
      withdraw,
    }),
    [all, query.isPending, wishes, judge, withdraw],
  );
  return <FeedbackContext.Provider value={value}>{children}</FeedbackContext.Provider>;
}

const empty: FeedbackStatus[] = [];
