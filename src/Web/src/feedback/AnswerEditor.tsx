import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { WritingFoot } from "./WritingFoot";
import { answerProblem } from "./writing";
import "./writing.css";

interface Props {
  label: string;
  /** Says what becomes of the text. */
  hint: string;
  testId: string;
  text: string;
  onText(text: string): void;
  /** The answer that the text was begun from: sending it unchanged is explained, not sent. */
  begun: string | undefined;
  /** Resolves to false if it was not stored: the text stays. */
  onSend(text: string): Promise<boolean>;
  /** By Escape the text is kept for the next time, by Cancel it is not. */
  onClose(keep: boolean): void;
  children?: ReactNode;
}

/** A box for a whole answer, in Markdown. Enter makes a new line here; with Ctrl or ⌘ it sends. */
export function AnswerEditor({ label, hint, testId, text, onText, begun, onSend, onClose, children }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const problem = tried ? answerProblem(text, begun) : undefined;

  useEffect(() => {
    const element = area.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [text]);

  const send = async () => {
    setTried(true);
    if (answerProblem(text, begun)) {
      area.current?.focus();
      return;
    }
    if (sending) return;
    setSending(true);
    if (!(await onSend(text))) setSending(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose(true);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
  };
  return (
    <div className="answer-editor" data-testid={`${testId}-editor`}>
      <label className="label" htmlFor={id}>
        {label}
      </label>
      {children}
      <textarea
        id={id}
        ref={area}
        className="field"
        data-testid={`${testId}-box`}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-note`}
        rows={3}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <WritingFoot
        id={`${id}-note`}
        testId={testId}
        problem={problem}
        cancel="Cancel"
        keys="Ctrl+Enter"
        sending={sending}
        onCancel={() => onClose(false)}
        onSend={() => void send()}
      >
        {!problem && <span className="writing-hint">{hint}</span>}
      </WritingFoot>
    </div>
  );
}
