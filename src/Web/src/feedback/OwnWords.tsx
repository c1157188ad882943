import type { ReactNode } from "react";
import { useNotify } from "../controls/Toasts";
import { FeedbackStateLabel } from "./FeedbackStateLabel";
import type { Target } from "./judgements";
import { useFeedback } from "./useFeedback";
import "./writing.css";

interface Props {
  target: Target;
  title: string;
  onChange(): void;
  /** Where the keyboard goes when the block is gone. */
  onWithdrawn(): void;
  children: ReactNode;
}

/** What the user wrote about an answer or in its place, and what became of it. */
export function OwnWords({ target, title, onChange, onWithdrawn, children }: Props) {
  const { judgementOf, withdraw } = useFeedback();
  const notify = useNotify();
  const judgement = judgementOf(target);
  const takeBack = async () => {
    if (!(await withdraw(target))) return;
    // The block disappears, so that it was withdrawn is said elsewhere; it stays listed under "My feedback".
    notify(`${title}: withdrawn. No later training run will use it.`);
    onWithdrawn();
  };
  return (
    <section className="own-words" data-testid={`own-${target.kind}`} aria-label={title}>
      <header>
        <strong>{title}</strong>
        <FeedbackStateLabel judgement={judgement} />
        <span className="own-actions">
          <button type="button" className="button quiet small" data-testid={`${target.kind}-change`} onClick={onChange}>
            Change
          </button>
          <button
            type="button"
            className="button quiet small"
            data-testid={`${target.kind}-withdraw`}
            disabled={judgement.pending}
            onClick={() => void takeBack()}
          >
            Withdraw
          </button>
        </span>
      </header>
      {children}
    </section>
  );
}
