import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { longestComment, type Target, targetKey } from "./judgements";
import { useFeedback } from "./useFeedback";
import { useKeptText } from "./useKeptText";
import { WritingFoot } from "./WritingFoot";
import { commentProblem } from "./writing";
import "./writing.css";

interface Props {
  target: Target;
  /** What is asked, as the box's label. */
  prompt: string;
  /** The user asked for the box, so it takes the cursor; a box that offers itself does not. */
  wanted: boolean;
  onClose(): void;
}

/** A comment in the user's own words. */
export function WordsBox({ target, prompt, wanted, onClose }: Props) {
  const { judgementOf, judge } = useFeedback();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText, forget] = useKeptText(targetKey(target), judgementOf(target).says?.comment ?? "");
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const length = text.trim().length;
  const problem = tried || length > longestComment ? commentProblem(text) : undefined;

  useEffect(() => {
    if (wanted) area.current?.focus();
  }, [wanted]);

  const close = () => {
    forget();
    onClose();
  };
  const send = async () => {
    setTried(true);
    if (commentProblem(text) || sending) return;
    setSending(true);
    const status = await judge(target, { comment: text });
    setSending(false);
    if (status) close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  };
  return (
    <div className="words-box" data-testid="words-box">
      <label className="label" htmlFor={id}>
        {prompt}
      </label>
      <textarea
        id={id}
        ref={area}
        className="field"
        data-testid="comment-box"
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-note`}
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <WritingFoot
        id={`${id}-note`}
        testId="comment"
        problem={problem}
        cancel={wanted ? "Cancel" : "No, thanks"}
        sending={sending}
        onCancel={close}
        onSend={() => void send()}
      >
        <span className={length > longestComment ? "count over" : "count"} data-testid="comment-count">
          {length.toLocaleString()} / {longestComment.toLocaleString()}
        </span>
      </WritingFoot>
    </div>
  );
}
