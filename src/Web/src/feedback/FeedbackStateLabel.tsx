import { CheckCircle2, CircleDashed, CircleSlash, GraduationCap, Hourglass, LoaderCircle } from "lucide-react";
import type { FeedbackState } from "../api/shapes";
import { wordsFor } from "./judgements";
import type { Judgement } from "./useFeedback";

const icons: Record<FeedbackState, typeof CheckCircle2> = {
  recorded: CheckCircle2,
  inTraining: LoaderCircle,
  learned: GraduationCap,
  superseded: CircleDashed,
  withdrawn: CircleSlash,
  notUsed: CircleSlash,
  waitsForReview: Hourglass,
  rejected: CircleSlash,
};

function stateWords({ status, pending }: Judgement): { short: string; long: string } {
  return pending || !status ? { short: "Saving…", long: "Not stored yet." } : wordsFor(status);
}

/** The small text that says what became of a judgement. */
export function FeedbackStateLabel({ judgement, name }: { judgement: Judgement; name?: string }) {
  const { status, pending } = judgement;
  if (!status && !pending) return null;
  const Icon = status ? icons[status.state] : CircleDashed;
  const words = stateWords(judgement);
  return (
    <span
      className="feedback-state"
      data-testid="feedback-state"
      data-state={pending ? "saving" : status?.state}
      title={words.long}
    >
      <Icon size={14} aria-hidden />
      {name ? `${name}: ${words.short}` : words.short}
    </span>
  );
}

export interface NamedJudgement {
  name: string;
  judgement: Judgement;
}

/** What became of several judgements of one answer: said once where it is the same, and by name where it is not. */
export function FeedbackStateLabels({ of }: { of: NamedJudgement[] }) {
  const labels = labelsFor(of);
  return labels.map(({ name, judgement }) => (
    <FeedbackStateLabel key={name} judgement={judgement} name={labels.length > 1 ? name : undefined} />
  ));
}

/** A withdrawn one is left out beside one that counts. */
export function labelsFor(of: NamedJudgement[]): NamedJudgement[] {
  const given = of.filter(({ judgement }) => judgement.status || judgement.pending);
  const counting = given.filter(({ judgement }) => judgement.says);
  const told = counting.length > 0 ? counting : given;
  const distinct = new Set(told.map(({ judgement }) => stateWords(judgement).short));
  return distinct.size === 1 ? told.slice(0, 1) : told;
}
