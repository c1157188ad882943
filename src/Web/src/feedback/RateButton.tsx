import { Star } from "lucide-react";
import { Popover } from "radix-ui";
import { type KeyboardEvent, useRef, useState } from "react";
import { IconButton } from "../controls/IconButton";
import { FeedbackStateLabel } from "./FeedbackStateLabel";
import type { Target } from "./judgements";
import { useFeedback } from "./useFeedback";
import { starsOfKey, starWords } from "./writing";
import "./writing.css";

/** One to five stars in a small popover, so that the row under an answer stays calm. */
export function RateButton({ target }: { target: Target }) {
  const { judgementOf } = useFeedback();
  const [open, setOpen] = useState(false);
  const content = useRef<HTMLDivElement>(null);
  const stars = judgementOf(target).says?.stars ?? 0;
  const label = stars ? `Rated ${stars} of 5 stars` : "Rate the answer";
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton
          label={label}
          hint={stars ? `${label} (press to change)` : label}
          className={stars ? "rate chosen" : "rate"}
          data-testid="rate"
          data-stars={stars || undefined}
        >
          <Star size={16} aria-hidden fill={stars ? "currentColor" : "none"} />
          {stars > 0 && <span aria-hidden>{stars}</span>}
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          ref={content}
          className="popover"
          aria-label="Rate the answer"
          sideOffset={6}
          collisionPadding={10}
          onOpenAutoFocus={(event) => {
            const radios = content.current?.querySelectorAll<HTMLInputElement>("input");
            const wanted = [...(radios ?? [])].find((radio) => radio.checked) ?? radios?.[0];
            if (!wanted) return;
            event.preventDefault();
            wanted.focus();
          }}
        >
          <Stars target={target} stored={stars} onDone={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** A click or a digit saves at once; the arrows only choose, and Enter saves, so that passing a star on the way is no rating. */
function Stars({ target, stored, onDone }: { target: Target; stored: number; onDone(): void }) {
  const { judgementOf, judge, withdraw } = useFeedback();
  const [stars, setStars] = useState(stored);
  const judgement = judgementOf(target);
  const save = (chosen: number) => {
    onDone();
    if (chosen !== stored) void judge(target, { stars: chosen });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = event.key === "Enter" ? stars : starsOfKey(event.key);
    if (!chosen) return;
    event.preventDefault();
    save(chosen);
  };
  return (
    <>
      <fieldset className="stars" onKeyDown={onKeyDown}>
        <legend>How good is this answer?</legend>
        {[1, 2, 3, 4, 5].map((value) => (
          <label key={value} className={value <= stars ? "star on" : "star"} title={starWords[value]}>
            <input
              type="radio"
              name="stars"
              value={value}
              data-testid={`star-${value}`}
              aria-label={`${value} of 5: ${starWords[value]}`}
              checked={value === stars}
              onChange={() => setStars(value)}
              onClick={(event) => event.detail > 0 && save(value)}
            />
            <Star size={24} aria-hidden />
          </label>
        ))}
      </fieldset>
      <p className="popover-hint" role="status">
        {starWords[stars] || "1 is very bad, 5 is very good."}
      </p>
      {(stored > 0 || stars > 0) && (
        <div className="popover-foot">
          {stars !== stored ? (
            <button type="button" className="button primary small" data-testid="rate-save" onClick={() => save(stars)}>
              Save
            </button>
          ) : (
            <FeedbackStateLabel judgement={judgement} />
          )}
          {stored > 0 && (
            <button
              type="button"
              className="button quiet small"
              data-testid="rate-withdraw"
              onClick={() => {
                onDone();
                void withdraw(target);
              }}
            >
              Take back
            </button>
          )}
        </div>
      )}
    </>
  );
}
