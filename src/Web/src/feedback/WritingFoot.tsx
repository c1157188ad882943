import type { ReactNode } from "react";

interface Props {
  id: string;
  testId: string;
  problem: string | undefined;
  cancel: string;
  /** Shown at the send button. */
  keys?: string;
  sending: boolean;
  onCancel(): void;
  onSend(): void;
  /** What the box has to say beside a problem. */
  children: ReactNode;
}

/** Below a box: what is wrong with its text, and the ways out of it. */
export function WritingFoot({ id, testId, problem, cancel, keys, sending, onCancel, onSend, children }: Props) {
  return (
    <div className="writing-foot" id={id}>
      {problem && (
        <span className="problem-text" role="alert" data-testid={`${testId}-problem`}>
          {problem}
        </span>
      )}
      {children}
      <span className="writing-space" />
      <button type="button" className="button small" data-testid={`${testId}-cancel`} onClick={onCancel}>
        {cancel}
      </button>
      <button
        type="button"
        className="button primary small"
        data-testid={`${testId}-send`}
        title={keys && `Send (${keys})`}
        disabled={sending}
        onClick={onSend}
      >
        Send
      </button>
    </div>
  );
}
