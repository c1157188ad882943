import { ThumbsDown, ThumbsUp } from "lucide-react";
import type { Thumb } from "../api/shapes";
import { IconButton } from "../controls/IconButton";
import type { Target } from "./judgements";
import { useFeedback } from "./useFeedback";

interface Props {
  target: Target;
  /** Once it is stored: the thumb that was given, or undefined if one was taken back. */
  onJudged?(thumb: Thumb | undefined): void;
}

/** Saved on the first click; the same click again takes it back, the other one switches. */
export function ThumbButtons({ target, onJudged }: Props) {
  const { judgementOf, judge, withdraw } = useFeedback();
  const choice = judgementOf(target).says?.thumb;
  const press = async (thumb: Thumb) => {
    const taken = choice === thumb;
    const status = await (taken ? withdraw(target) : judge(target, { thumb }));
    if (status) onJudged?.(taken ? undefined : thumb);
  };
  return (
    <>
      <IconButton
        label="Good answer"
        hint={choice === "up" ? "Good answer (press to take back)" : "Good answer"}
        data-testid="thumb-up"
        aria-pressed={choice === "up"}
        onClick={() => void press("up")}
      >
        <ThumbsUp size={16} aria-hidden fill={choice === "up" ? "currentColor" : "none"} />
      </IconButton>
      <IconButton
        label="Bad answer"
        hint={choice === "down" ? "Bad answer (press to take back)" : "Bad answer"}
        data-testid="thumb-down"
        aria-pressed={choice === "down"}
        onClick={() => void press("down")}
      >
        <ThumbsDown size={16} aria-hidden fill={choice === "down" ? "currentColor" : "none"} />
      </IconButton>
    </>
  );
}
