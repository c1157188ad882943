import { api } from "../api/calls";

/** What a person may do with a version. Each is kept with its reason. */
export type OrderKind = "rollBack" | "promote" | "stop" | "pin" | "unpin";

interface Words {
  /** On the button in the table. */
  button: string;
  title(version: number): string;
  effect: string;
  confirm(version: number): string;
  give(version: number, reason: string): Promise<unknown>;
}

export const orders: Record<OrderKind, Words> = {
  rollBack: {
    button: "Make live again",
    title: (version) => `Make v${version} live again?`,
    effect: "It answers everyone from the next token on. Answers that are being written go on with it.",
    confirm: (version) => `Make v${version} live`,
    give: api.makeLive,
  },
  promote: {
    button: "Make live",
    title: (version) => `Make v${version} live?`,
    effect:
      "It answers everyone from the next token on, without waiting for further votes. Answers that are being written go on with it.",
    confirm: (version) => `Make v${version} live`,
    give: api.makeLive,
  },
  stop: {
    button: "Stop trial",
    title: (version) => `Stop the trial of v${version}?`,
    effect:
      "It answers no further message; the live version takes its conversations over. Its feedback waits for the next run.",
    confirm: () => "Stop the trial",
    give: api.stopTrial,
  },
  pin: {
    button: "Pin",
    title: (version) => `Pin v${version}?`,
    effect:
      "It stays live until somebody unpins it: feedback is kept, but no training run starts, and a trial under way is stopped.",
    confirm: (version) => `Pin v${version}`,
    give: api.pin,
  },
  unpin: {
    button: "Unpin",
    title: (version) => `Unpin v${version}?`,
    effect: "Training goes on with the feedback that has come since, and better versions may replace it.",
    confirm: (version) => `Unpin v${version}`,
    give: api.unpin,
  },
};
