import { CheckCircle2, CircleDashed, CircleSlash, GraduationCap, LoaderCircle } from "lucide-react";
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
};

/** The small text that says what became of a judgement. */
export function FeedbackStateLabel({ judgement }: { judgement: Judgement }) {
  const { status, pending } = judgement;
  if (!status && !pending) return null;
  const Icon = status ? icons[status.state] : CircleDashed;
  const words = pending || !status ? { short: "Saving…", long: "Not stored yet." } : wordsFor(status);
  return (
    <span
      className="feedback-state"
      data-testid="feedback-state"
      data-state={pending ? "saving" : status?.state}
      title={words.long}
    >
      <Icon size={14} aria-hidden />
      {words.short}
    </span>
  );
}
