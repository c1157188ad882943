import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, useLayoutEffect, useRef } from "react";
import { turnsOf } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { useDraft } from "./useDraft";
import "./composer.css";

export const maxLength = 8000;
const showCountFrom = 7200;

export function Composer() {
  const { conversationId, path, generating, outgoing, send, stop, setEditing } = useSession();
  const [text, setText] = useDraft(conversationId);
  const area = useRef<HTMLTextAreaElement>(null);
  const tooLong = text.trim().length > maxLength;
  const possible = text.trim() !== "" && !tooLong && !generating && !outgoing;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const submit = async () => {
    if (!possible) return;
    const message = text.trim();
    setText("");
    if (!(await send(message))) setText(message);
    area.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter and arrows belong to it (229: Safari reports the end too early).
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === "ArrowUp" && text === "" && !generating) {
      const last = path.flatMap((node) => turnsOf(node.slot)).findLast((turn) => turn.role === "user");
      if (!last) return;
      event.preventDefault();
      setEditing(last.turnId);
    }
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div className={tooLong ? "composer-box too-long" : "composer-box"}>
        <textarea
          id="composer"
          ref={area}
          data-testid="composer"
          aria-label="Message"
          aria-describedby={text.length >= showCountFrom ? "composer-count" : undefined}
          aria-invalid={tooLong}
          placeholder="Write a message"
          rows={1}
          value={text}
          // biome-ignore lint/a11y/noAutofocus: writing is what the page is for.
          autoFocus={matchMedia("(hover: hover)").matches}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {generating ? (
          <button
            type="button"
            className="send-button stop"
            data-testid="stop"
            aria-label="Stop the answer"
            title="Stop (Esc)"
            onClick={() => void stop()}
          >
            <Square size={13} fill="currentColor" aria-hidden />
          </button>
        ) : (
          <button
            type="submit"
            className="send-button"
            data-testid="send"
            aria-label="Send"
            title="Send (Enter)"
            disabled={!possible}
          >
            <ArrowUp size={19} aria-hidden />
          </button>
        )}
      </div>
      <div className="composer-foot">
        {text.length >= showCountFrom ? (
          <span id="composer-count" className={tooLong ? "count over" : "count"} aria-live="polite">
            {tooLong
              ? `${(text.trim().length - maxLength).toLocaleString()} characters too many`
              : `${(maxLength - text.length).toLocaleString()} characters left`}
          </span>
        ) : (
          <span>The model is small and can be wrong. Your feedback teaches it.</span>
        )}
      </div>
    </form>
  );
}
