import { Check, Copy, Pencil, PenLine } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Turn } from "../api/shapes";
import { IconButton } from "../controls/IconButton";
import type { PathNode } from "../conversation/tree";
import { useSession } from "../conversation/useSession";
import { OwnAnswer } from "../feedback/OwnAnswer";
import { BranchNavigator } from "./BranchNavigator";
import { maxLength } from "./Composer";
import { useCopied } from "./useCopied";

export function UserMessage({ node, turn }: { node: PathNode; turn: Turn }) {
  const { editing, setEditing, generating } = useSession();
  const [copied, copy] = useCopied();
  const [answering, setAnswering] = useState(false);
  const article = useRef<HTMLElement>(null);
  const focusBack = () => article.current?.querySelector<HTMLElement>('[data-testid="demonstrate"]')?.focus();
  if (editing === turn.turnId) return <MessageEditor turn={turn} />;
  return (
    <>
      <article
        ref={article}
        className="message user"
        data-testid="message-user"
        data-turn-id={turn.turnId}
        aria-label="You"
      >
        <div className="bubble">{turn.text}</div>
        <div className="message-actions">
          <IconButton label={copied ? "Copied" : "Copy message"} onClick={() => void copy(turn.text)}>
            {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
          </IconButton>
          <IconButton
            label="Edit message"
            data-testid="edit"
            disabled={generating}
            onClick={() => setEditing(turn.turnId)}
          >
            <Pencil size={15} aria-hidden />
          </IconButton>
          <IconButton
            label="Write the answer yourself"
            data-testid="demonstrate"
            aria-expanded={answering}
            onClick={() => setAnswering(!answering)}
          >
            <PenLine size={15} aria-hidden />
          </IconButton>
          <BranchNavigator node={node} noun="version of your message" />
        </div>
      </article>
      <OwnAnswer
        turn={turn}
        writing={answering}
        onWrite={() => setAnswering(true)}
        onClose={() => {
          setAnswering(false);
          focusBack();
        }}
        onWithdrawn={focusBack}
      />
    </>
  );
}

/** Sends the changed message as a sibling: the old one and its answers stay reachable. */
function MessageEditor({ turn }: { turn: Turn }) {
  const { edit, setEditing } = useSession();
  const [text, setText] = useState(turn.text);
  const [sending, setSending] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    const element = area.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  const wanted = text.trim();
  const possible = wanted !== "" && wanted.length <= maxLength && !sending;
  const close = () => {
    setEditing(undefined);
    document.getElementById("composer")?.focus();
  };
  const send = async () => {
    if (!possible) return;
    setSending(true);
    const sent = await edit(turn, wanted);
    setSending(false);
    if (sent) close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  };
  return (
    <div className="message editor">
      <textarea
        ref={area}
        className="field"
        data-testid="edit-box"
        aria-label="Edit message"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="dialog-actions">
        <button type="button" className="button small" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          className="button primary small"
          data-testid="edit-send"
          disabled={!possible}
          onClick={() => void send()}
        >
          Send
        </button>
      </div>
    </div>
  );
}
