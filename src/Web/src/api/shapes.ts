// The records of src/Contracts as they travel: camelCase names, camelCase enum strings, ISO 8601 times.

export type TurnRole = "user" | "assistant";
export type TurnStatus = "complete" | "generating" | "stopped" | "interrupted" | "failed";
export type FinishReason = "endOfTurn" | "stopString" | "length" | "stopped" | "interrupted" | "failed";

/** Tokens from `firstToken` up to the next span come from `version`. */
export interface VersionSpan {
  firstToken: number;
  version: number;
}

export interface Turn {
  turnId: string;
  parentTurnId?: string | null;
  role: TurnRole;
  text: string;
  status: TurnStatus;
  createdAt: string;
  runId?: string | null;
  /** Empty while a comparison is blind, and for user turns. */
  versions: VersionSpan[];
  finish?: FinishReason | null;
  tokenCount: number;
}

export interface Comparison {
  comparisonId: string;
  leftTurnId: string;
  rightTurnId: string;
  issuedAt: string;
  decided: boolean;
  /** The third and the fourth answer, which make it a ranking. */
  moreTurnIds: string[];
}

export interface ConversationSnapshot {
  conversationId: string;
  title: string;
  createdAt: string;
  updatedAt: string;
  turns: Turn[];
  comparisons: Comparison[];
}

export interface ConversationSummary {
  conversationId: string;
  title: string;
  createdAt: string;
  updatedAt: string;
}

export interface RunReceipt {
  runId: string;
  userTurnId: string;
  answerTurnId: string;
  comparison?: Comparison | null;
}

export interface RunEvent {
  seq: number;
  kind: "snapshot" | "delta" | "version" | "done" | "error";
  text: string;
  version?: number | null;
  finish?: FinishReason | null;
  tokenCount: number;
}

export type Consent = "notAsked" | "granted" | "declined";
export type Thumb = "up" | "down";
export type Verdict = "left" | "right" | "tie" | "bothBad" | "skip";
export type FeedbackState =
  | "recorded"
  | "inTraining"
  | "learned"
  | "superseded"
  | "withdrawn"
  | "notUsed"
  | "waitsForReview"
  | "rejected";

export type FeedbackKind = "thumb" | "pair" | "ranking" | "rating" | "correction" | "demonstration" | "comment";

export interface FeedbackSubmission {
  feedbackId: string;
  kind: FeedbackKind;
  conversationId: string;
  /** The judged answer; for a demonstration the answer that it was begun from, if any. */
  turnId?: string | null;
  comparisonId?: string | null;
  thumb?: Thumb | null;
  verdict?: Verdict | null;
  comment?: string | null;
  /** One for each answer in the order shown: 1 is the best, equal ranks are ties. */
  ranks?: number[] | null;
  /** 1 (bad) to 5 (very good). */
  stars?: number | null;
  /** The corrected answer, or the demonstrated one. */
  text?: string | null;
  /** The message that a demonstration answers. */
  userTurnId?: string | null;
}

export interface FeedbackStatus {
  submission: FeedbackSubmission;
  sequence: number;
  recordedAt: string;
  state: FeedbackState;
  learnedInVersion?: number | null;
  /** Null while no version that served knows it. */
  lineage?: FeedbackLineage | null;
}

/** Which versions know a judgement: by their own run, or by an ancestor's. */
export interface FeedbackLineage {
  versions: number[];
  isInLive: boolean;
  /** The version that took the place of the last one of them. */
  goneSince?: number | null;
  /** Of a withdrawn one that the live version knows: when the making of one without it begins at the latest. */
  dueAt?: string | null;
}

/** What versions learned from and may not know any more. */
export interface ForgettingStatus {
  versions: { version: number; withdrawn: number }[];
  dueAt?: string | null;
  startsFrom?: number | null;
}

export interface PromptMessage {
  role: TurnRole;
  text: string;
}

/** What a version answers to the judged message, sampled as the judged answer was. */
export interface VersionAnswer {
  version: number;
  text: string;
  tokenCount: number;
  finish: FinishReason;
  /** Null when the answer was cut, or nothing is left that scores. */
  reward?: number | null;
}

/** A judged answer under both versions; log-probabilities are of the whole answer, in nats. */
export interface JudgedAnswer {
  text: string;
  isOwn: boolean;
  rank?: number | null;
  tokenCount: number;
  oldLogProbability?: number | null;
  newLogProbability?: number | null;
  reward?: number | null;
}

export type FeedbackUse = "training" | "checking" | "leftOut";

export interface FeedbackEffect {
  feedbackId: string;
  version: number;
  parentVersion: number;
  /** Judgements of the version's batch, this one included. */
  judgementCount: number;
  use: FeedbackUse;
  prompt: PromptMessage[];
  sampling: { temperature: number; seed?: number | null };
  before: VersionAnswer;
  after: VersionAnswer;
  answers: JudgedAnswer[];
  /** By how much more the log-probability of the better answer rose than the worse one's. */
  preferenceShift?: number | null;
}

export interface FeedbackCounts {
  thumbsUp: number;
  thumbsDown: number;
  pairs: number;
  newPairs: number;
  decidedPairs: number;
  withdrawn: number;
  lastSequence: number;
  rankings: number;
  ratings: number;
  corrections: number;
  demonstrations: number;
  comments: number;
  /** Current judgements that were set aside. */
  waitingForReview: number;
}

export type CheckpointStage = "candidate" | "live" | "retired" | "rejected" | "canary" | "held";

export interface GateCheck {
  name: string;
  value: number;
  limit: number;
  rule: string;
  passed: boolean;
}

/** Raters who want the same, where others want the opposite; the share is of all decided comparisons. */
export interface RaterCamp {
  raters: number;
  share: number;
  accuracy: number;
}

export interface CheckpointMetrics {
  rewardModelAccuracy: number;
  reward: number;
  kl: number;
  entropy: number;
  parentEntropy: number;
  distinct2: number;
  answerTokens: number;
  parentAnswerTokens: number;
  camps?: { followed: RaterCamp; other: RaterCamp } | null;
  /** How far one person alone decided what was learned; shares are of the comparisons' weight. */
  influence?: { people: number; largestShare: number; unbounded: number; bounded: number } | null;
}

export interface CheckpointRecord {
  version: number;
  parent?: number | null;
  runId: string;
  folder: string;
  weightsHash: string;
  createdAt: string;
  stage: CheckpointStage;
  rewardModel?: string | null;
  feedbackCount: number;
  metrics?: CheckpointMetrics | null;
  gate?: { checks: GateCheck[]; passed?: boolean } | null;
  wentLiveAt?: string | null;
  /** The version whose place it was made to take, as that one learned from what was withdrawn. */
  replaces?: number | null;
}

export interface RegistryDecision {
  at: string;
  version: number;
  stage: CheckpointStage;
  reason: string;
  /** A user's id, or "start", "gate", "canary", "silo"; empty in entries of before that was noted. */
  by: string;
  action: "move" | "pin" | "unpin";
}

/** A version that answers in a share of the conversations until votes have decided between it and the live one. */
export interface CanaryTrial {
  version: number;
  baseline: number;
  share: number;
  startedAt: string;
  endsAt: string;
}

export interface CanaryStatus {
  trial: CanaryTrial;
  votes: { wins: number; losses: number; ties: number; people: number };
  /** Of "as good as the live version" to "worse", in nats. */
  logLikelihoodRatio: number;
  promoteAt: number;
  stopAt: number;
}

/** Keeps a version live. */
export interface VersionPin {
  version: number;
  at: string;
  reason: string;
  by: string;
}

export type LearningPhase =
  | "collecting"
  | "rewardModel"
  | "rollouts"
  | "policyUpdate"
  | "gate"
  | "publishing"
  | "canary";

export interface MetricPoint {
  name: string;
  step: number;
  value: number;
}

export interface TrainerStatus {
  phase: LearningPhase;
  progress: number;
  detail: string;
  runId?: string | null;
  startedAt?: string | null;
  curves: MetricPoint[];
  lastOutcome?: string | null;
}

/** What must have been collected before the next run starts. */
export interface RunThreshold {
  newPairs: number;
  decidedPairs: number;
}

/** Seconds within which half, and 95 of 100, of the judgements were. */
export interface LatencyQuantiles {
  judgements: number;
  median: number;
  p95: number;
}

/** From a judgement to the version that used it: live, and heard in an answer. */
export interface FeedbackLatency {
  toLive?: LatencyQuantiles | null;
  toAnswer?: LatencyQuantiles | null;
}

export interface LearningSnapshot {
  feedback: FeedbackCounts;
  nextRun: RunThreshold;
  trainer: TrainerStatus;
  checkpoints: CheckpointRecord[];
  decisions: RegistryDecision[];
  latency: FeedbackLatency;
  canary?: CanaryStatus | null;
  pin?: VersionPin | null;
  forgetting: ForgettingStatus;
}

export type Role = "visitor" | "user" | "reviewer" | "admin";

export interface Me {
  userId: string;
  /** Missing for a visitor. */
  name?: string | null;
  role: Role;
  consent: Consent;
  live?: CheckpointRecord | null;
}

/** Ways into the service, for who is not signed in. */
export interface WaysIn {
  visitors: boolean;
  signUp: boolean;
  /** Nobody is admin yet: the console shows a link. */
  setUp: boolean;
  /** The name of the identity provider. */
  openIdConnect?: string | null;
}

export type ApiScope = "chat" | "feedback" | "admin";

export interface ApiKeyEntry {
  keyId: string;
  name: string;
  /** How it begins; the rest was shown once. */
  prefix: string;
  scopes: ApiScope[];
  createdAt: string;
  expiresAt: string;
}

export interface NewApiKey {
  key: string;
  entry: ApiKeyEntry;
}

export interface AccountEntry {
  userId: string;
  name: string;
  role: Exclude<Role, "visitor">;
  disabled: boolean;
  /** Has a password here. */
  local: boolean;
  createdAt: string;
}

/** Verdicts that were set aside together, for reviewers. */
export interface SetAsideGroup {
  groupId: string;
  setAsideAt: string;
  reason: SetAsideReason;
  votes: SetAsideVote[];
}

export interface SetAsideReason {
  phrase: string;
  /** Pushed; otherwise buried. */
  isFor: boolean;
  people: number;
  /** Of the `deciding` verdicts, those that went the phrase's way. */
  following: number;
  deciding: number;
  /** Bound on the probability of so much among honest people. */
  chance: number;
}

export type ReviewState = "waiting" | "accepted" | "rejected";

export interface SetAsideVote {
  feedbackId: string;
  /** A number in place of a name: the same number, the same person. */
  person: number;
  recordedAt: string;
  prompt: { role: "user" | "assistant"; text: string }[];
  answers: string[];
  /** One for each answer: 1 is the best. */
  ranks: number[];
  state: ReviewState;
  reviewedBy?: string;
  reviewedAt?: string;
}
