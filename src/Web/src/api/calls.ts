import { call, callAtTheDoor, callPatiently } from "./http";
import type {
  AccountEntry,
  ApiKeyEntry,
  ApiScope,
  CheckpointRecord,
  ConversationSnapshot,
  ConversationSummary,
  FeedbackEffect,
  FeedbackStatus,
  FeedbackSubmission,
  LearningSnapshot,
  Me,
  NewApiKey,
  Role,
  RunReceipt,
  SetAsideGroup,
  Turn,
  VersionPin,
  WaysIn,
} from "./shapes";

const id = encodeURIComponent;

export interface SendMessage {
  requestId: string;
  text: string;
  parentTurnId: string | null;
}

export interface AnswerRequest {
  requestId: string;
  userTurnId: string;
  /** Begins a comparison with this answer. */
  compareWithTurnId?: string;
  /** Joins this open comparison. */
  comparisonId?: string;
}

export const api = {
  me: () => call<Me>("GET", "/me"),
  setConsent: (granted: boolean) => callPatiently<void>("PUT", "/me/consent", { granted }),
  myFeedback: () => call<FeedbackStatus[]>("GET", "/me/feedback"),

  conversations: () => call<ConversationSummary[]>("GET", "/conversations"),
  createConversation: (title?: string) => call<ConversationSnapshot>("POST", "/conversations", { title }),
  conversation: (conversationId: string) => call<ConversationSnapshot>("GET", `/conversations/${id(conversationId)}`),
  rename: (conversationId: string, title: string) =>
    call<void>("PATCH", `/conversations/${id(conversationId)}`, { title }),
  remove: (conversationId: string, withdrawFeedback: boolean) =>
    call<void>("DELETE", `/conversations/${id(conversationId)}${withdrawFeedback ? "?withdrawFeedback=true" : ""}`),

  // The request id makes a repeated send return the first receipt, so a lost answer is asked for again.
  send: (conversationId: string, message: SendMessage) =>
    callOnceOrAgain<RunReceipt>(`/conversations/${id(conversationId)}/messages`, message),
  answer: (conversationId: string, request: AnswerRequest) =>
    callOnceOrAgain<RunReceipt>(`/conversations/${id(conversationId)}/answers`, request),
  stop: (conversationId: string, runId: string, seenSeq: number) =>
    call<Turn>("POST", `/conversations/${id(conversationId)}/runs/${id(runId)}/stop`, { seenSeq }),

  /** Resolves once the judgement is durable. Repeats use the same id: it is the idempotency key. */
  giveFeedback: (submission: FeedbackSubmission) => {
    const { feedbackId, ...body } = submission;
    return callPatiently<FeedbackStatus>("PUT", `/feedback/${id(feedbackId)}`, body);
  },
  withdrawFeedback: (feedbackId: string) => callPatiently<FeedbackStatus>("DELETE", `/feedback/${id(feedbackId)}`),

  withdrawConversation: (conversationId: string) =>
    callPatiently<FeedbackStatus[]>("DELETE", `/conversations/${id(conversationId)}/feedback`),
  withdrawAll: () => callPatiently<FeedbackStatus[]>("POST", "/me/withdrawals"),

  /** The server measures it once, which takes a large model a while; until then it answers that it is busy. */
  feedbackEffect: (feedbackId: string) =>
    callPatiently<FeedbackEffect>("GET", `/feedback/${id(feedbackId)}/effect`, undefined, Array(12).fill(3000)),

  learning: () => call<LearningSnapshot>("GET", "/learning"),
  makeLive: (version: number, reason: string) =>
    call<CheckpointRecord>("POST", `/checkpoints/${version}/live`, { reason }),
  stopTrial: (version: number, reason: string) =>
    call<CheckpointRecord>("POST", `/checkpoints/${version}/stop`, { reason }),
  pin: (version: number, reason: string) => call<VersionPin>("POST", `/checkpoints/${version}/pin`, { reason }),
  unpin: (version: number, reason: string) => call<void>("POST", `/checkpoints/${version}/unpin`, { reason }),

  waysIn: () => callAtTheDoor<WaysIn>("GET", "/session"),
  signUp: (name: string, password: string) => callAtTheDoor<void>("POST", "/session/sign-up", { name, password }),
  signIn: (name: string, password: string) => callAtTheDoor<void>("POST", "/session/sign-in", { name, password }),
  setUp: (token: string, name: string, password: string) =>
    callAtTheDoor<void>("POST", "/session/set-up", { token, name, password }),
  signOut: () => callAtTheDoor<void>("POST", "/session/sign-out"),
  signOutEverywhere: () => call<void>("POST", "/session/sign-out-everywhere"),
  changePassword: (current: string, next: string) => call<void>("POST", "/session/password", { current, next }),

  apiKeys: () => call<ApiKeyEntry[]>("GET", "/me/api-keys"),
  makeApiKey: (name: string, scopes: ApiScope[], days: number) =>
    call<NewApiKey>("POST", "/me/api-keys", { name, scopes, days }),
  revokeApiKey: (keyId: string) => call<void>("DELETE", `/me/api-keys/${id(keyId)}`),

  accounts: () => call<AccountEntry[]>("GET", "/accounts"),
  setAsideVotes: () => call<SetAsideGroup[]>("GET", "/review/votes"),
  reviewVotes: (feedbackIds: string[], accept: boolean) => call<void>("POST", "/review/votes", { feedbackIds, accept }),
  makeAccount: (name: string, password: string, role: Role) =>
    call<AccountEntry>("POST", "/accounts", { name, password, role }),
  changeAccount: (userId: string, change: { role?: Role; disabled?: boolean }) =>
    call<AccountEntry>("PATCH", `/accounts/${id(userId)}`, change),
  replacePassword: (userId: string, password: string) =>
    call<void>("PUT", `/accounts/${id(userId)}/password`, { password }),
};

function callOnceOrAgain<T>(path: string, body: unknown): Promise<T> {
  return callPatiently<T>("POST", path, body, [500]);
}
