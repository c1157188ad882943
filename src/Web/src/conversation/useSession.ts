import { useQuery } from "@tanstack/react-query";
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useNavigate } from "react-router";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { newId } from "../api/newId";
import type { ConversationSnapshot, RunReceipt, Turn } from "../api/shapes";
import { keys, updateSnapshot, useServices } from "../app/services";
import { shownTurn } from "../chat/shownTurn";
import { useBranchChoices } from "./branchChoices";
import { withReceipt, withTurn } from "./receipts";
import { activePath, leafTurnId, type PathNode, turnsOf } from "./tree";
import { useShowTarget } from "./useShowTarget";

/** A message that is on its way to the server. */
export interface Outgoing {
  text: string;
  parentTurnId: string | null;
}

/** One open conversation: what is shown of it and what can be done with it. */
export interface Session {
  conversationId: string | undefined;
  snapshot: ConversationSnapshot | undefined;
  loading: boolean;
  loadError: unknown;
  path: PathNode[];
  outgoing: Outgoing | undefined;
  /** An answer on the path is being written. */
  generating: boolean;
  problem: string | undefined;
  dismissProblem(): void;
  /** The user message that is being edited. */
  editing: string | undefined;
  setEditing(turnId: string | undefined): void;
  /** The decided comparison that is open for another look. */
  reviewing: string | undefined;
  setReviewing(comparisonId: string | undefined): void;
  choose(parentKey: string, turnId: string): void;
  /** Resolves to false if the message was not accepted: the composer keeps the text. */
  send(text: string): Promise<boolean>;
  edit(turn: Turn, text: string): Promise<boolean>;
  regenerate(userTurnId: string): Promise<void>;
  compare(answer: Turn): Promise<void>;
  /** Asks for a further answer to an open comparison. */
  addAnswer(userTurnId: string, comparisonId: string): Promise<void>;
  stop(): Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("SessionContext is missing.");
  return session;
}

export function useSessionOf(conversationId: string | undefined): Session {
  const { queries, chat, runs } = useServices();
  const navigate = useNavigate();
  const { choices, choose } = useBranchChoices(conversationId);
  const [outgoing, setOutgoing] = useState<Outgoing>();
  const [problem, setProblem] = useState<string>();
  const [editing, setEditing] = useState<string>();
  const [reviewing, setReviewing] = useState<string>();
  const created = useRef<string>(undefined);
  const busy = useRef(false);

  const query = useQuery({
    queryKey: keys.conversation(conversationId ?? ""),
    queryFn: () => api.conversation(conversationId ?? ""),
    enabled: conversationId !== undefined,
  });
  const snapshot = conversationId ? query.data : undefined;
  const path = useMemo(() => (snapshot ? activePath(snapshot, choices) : []), [snapshot, choices]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation starts without what was open in the last one.
  useEffect(() => {
    setProblem(undefined);
    setEditing(undefined);
    setReviewing(undefined);
  }, [conversationId]);

  useShowTarget(snapshot, choose, setReviewing);

  // An answer that was being written when the page was opened, or that another tab asked for, is read like one's own.
  useEffect(() => {
    for (const turn of snapshot?.turns ?? []) {
      if (turn.status === "generating" && turn.runId) runs.watch(snapshot?.conversationId ?? "", turn.runId);
    }
  }, [snapshot, runs]);

  const writing = useCallback(
    () =>
      path
        .flatMap((node) => turnsOf(node.slot))
        .filter((turn) => shownTurn(turn, runs.get(turn.runId)).status === "generating")
        .map((turn) => turn.runId ?? "")
        .join(" "),
    [path, runs],
  );
  const writingRuns = useSyncExternalStore(runs.subscribe, writing);

  /** Runs an action that must not be started twice, and shows what went wrong. */
  const attempt = useCallback(async (work: () => Promise<void>): Promise<boolean> => {
    if (busy.current) return false;
    busy.current = true;
    setProblem(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(messageOf(error));
      return false;
    } finally {
      busy.current = false;
    }
  }, []);

  const began = useCallback(
    (id: string, receipt: RunReceipt, message?: Outgoing) => {
      updateSnapshot(queries, id, (before) => withReceipt(before, receipt, message));
      runs.watch(id, receipt.runId);
      // A further answer that breaks off leaves its comparison: that one stays on screen, not what is left of the answer.
      const { comparison } = receipt;
      choose(receipt.userTurnId, comparison?.moreTurnIds.length ? comparison.leftTurnId : receipt.answerTurnId);
      void queries.invalidateQueries({ queryKey: keys.conversations });
    },
    [queries, runs, choose],
  );

  const deliver = useCallback(
    (message: Outgoing) =>
      attempt(async () => {
        setOutgoing(message);
        try {
          let id = conversationId ?? created.current;
          if (!id) {
            const fresh = await api.createConversation(titleFrom(message.text));
            id = created.current = fresh.conversationId;
            queries.setQueryData(keys.conversation(id), fresh);
          }
          const receipt = await api.send(id, { requestId: newId(), ...message });
          created.current = undefined;
          setEditing(undefined);
          setReviewing(undefined);
          began(id, receipt, message);
          choose(message.parentTurnId ?? "root", receipt.userTurnId);
          if (id !== conversationId) navigate(`/c/${id}`);
        } finally {
          setOutgoing(undefined);
        }
      }),
    [attempt, began, choose, conversationId, navigate, queries],
  );

  const answerAgain = useCallback(
    (userTurnId: string, compared?: { compareWithTurnId: string } | { comparisonId: string }) =>
      attempt(async () => {
        if (!conversationId) return;
        const receipt = await api.answer(conversationId, { requestId: newId(), userTurnId, ...compared });
        began(conversationId, receipt);
      }),
    [attempt, began, conversationId],
  );

  const stop = useCallback(async () => {
    const stopping = writing().split(" ").filter(Boolean);
    for (const runId of stopping) {
      const seenSeq = runs.freeze(runId);
      const id = conversationId ?? "";
      try {
        const turn = chat.connected
          ? await chat.invoke<Turn>("Stop", id, runId, seenSeq)
          : await api.stop(id, runId, seenSeq);
        updateSnapshot(queries, id, (before) => withTurn(before, turn));
        if (turn.status !== "generating") runs.forget(runId);
      } catch (error) {
        runs.thaw(runId);
        setProblem(`The answer could not be stopped. ${messageOf(error)}`);
      }
    }
  }, [chat, conversationId, queries, runs, writing]);

  return useMemo<Session>(
    () => ({
      conversationId,
      snapshot,
      loading: conversationId !== undefined && query.isPending,
      loadError: conversationId ? query.error : undefined,
      path,
      outgoing,
      generating: writingRuns !== "",
      problem,
      dismissProblem: () => setProblem(undefined),
      editing,
      setEditing,
      reviewing,
      setReviewing,
      choose,
      send: (text) => deliver({ text, parentTurnId: leafTurnId(path) }),
      edit: (turn, text) => deliver({ text, parentTurnId: turn.parentTurnId ?? null }),
      regenerate: async (userTurnId) => void (await answerAgain(userTurnId)),
      compare: async ({ parentTurnId, turnId }) =>
        void (await answerAgain(parentTurnId ?? "", { compareWithTurnId: turnId })),
      addAnswer: async (userTurnId, comparisonId) => void (await answerAgain(userTurnId, { comparisonId })),
      stop,
    }),
    [
      conversationId,
      snapshot,
      query.isPending,
      query.error,
      path,
      outgoing,
      writingRuns,
      problem,
      editing,
      reviewing,
      choose,
      deliver,
      answerAgain,
      stop,
    ],
  );
}

function titleFrom(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 57).trimEnd()}…` : line;
}
