import { QueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { ApiError } from "../api/http";
import type { CheckpointRecord, ConversationSnapshot, FeedbackStatus, Me } from "../api/shapes";
import { RunStore } from "../chat/runStore";
import { HubLink } from "../connection/hubLink";
import { withStatus } from "../feedback/judgements";

export const keys = {
  me: ["me"] as const,
  conversations: ["conversations"] as const,
  conversation: (id: string) => ["conversation", id] as const,
  feedback: ["feedback"] as const,
  effect: (feedbackId: string) => ["effect", feedbackId] as const,
  learning: ["learning"] as const,
  waysIn: ["waysIn"] as const,
  apiKeys: ["apiKeys"] as const,
  accounts: ["accounts"] as const,
  setAside: ["setAside"] as const,
};

/** What the pages share: the cache of server state, the chat hub, and the runs being read over it. */
export interface Services {
  queries: QueryClient;
  chat: HubLink;
  runs: RunStore;
}

export function createServices(): Services {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, error) => count < 3 && !(error instanceof ApiError && error.status < 500),
      },
    },
  });
  const chat = new HubLink("/hubs/chat");
  const runs = new RunStore(chat, (conversationId) => {
    void queries.invalidateQueries({ queryKey: keys.conversation(conversationId) });
    void queries.invalidateQueries({ queryKey: keys.conversations });
  });

  chat.on<FeedbackStatus>("FeedbackChanged", (status) =>
    queries.setQueryData<FeedbackStatus[]>(keys.feedback, (list) => list && withStatus(list, status)),
  );
  chat.on<CheckpointRecord>("LiveVersionChanged", (live) =>
    queries.setQueryData<Me>(keys.me, (me) => me && { ...me, live }),
  );
  chat.on<string>("ConversationChanged", (conversationId) => {
    void queries.invalidateQueries({ queryKey: keys.conversation(conversationId) });
    void queries.invalidateQueries({ queryKey: keys.conversations });
  });

  // What the hub said while the connection was down was missed: ask.
  let first = true;
  chat.onConnected(() => {
    if (!first) void queries.invalidateQueries();
    first = false;
  });
  return { queries, chat, runs };
}

export function updateSnapshot(
  queries: QueryClient,
  conversationId: string,
  change: (snapshot: ConversationSnapshot) => ConversationSnapshot,
): void {
  // An older read that is still on its way would undo the change.
  void queries.cancelQueries({ queryKey: keys.conversation(conversationId) });
  queries.setQueryData<ConversationSnapshot>(keys.conversation(conversationId), (snapshot) =>
    snapshot ? change(snapshot) : snapshot,
  );
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error("ServicesContext is missing.");
  return services;
}
