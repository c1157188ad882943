import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useMatch, useNavigate } from "react-router";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { ConversationSnapshot, ConversationSummary } from "../api/shapes";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";
import { forgetBranchChoices } from "./branchChoices";

interface Props {
  item: ConversationSummary;
  onClose(): void;
}

export function RenameDialog({ item, onClose }: Props) {
  const queries = useQueryClient();
  const [title, setTitle] = useState(item.title);
  const [problem, setProblem] = useState<string>();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = title.trim();
    if (!wanted) return setProblem("Give the conversation a name.");
    try {
      await api.rename(item.conversationId, wanted);
      queries.setQueryData<ConversationSummary[]>(keys.conversations, (list) =>
        list?.map((other) => (other.conversationId === item.conversationId ? { ...other, title: wanted } : other)),
      );
      queries.setQueryData<ConversationSnapshot>(
        keys.conversation(item.conversationId),
        (snapshot) => snapshot && { ...snapshot, title: wanted },
      );
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Modal open onOpenChange={(open) => !open && onClose()} title="Rename conversation">
      <form onSubmit={save}>
        <label className="label" htmlFor="conversation-title">
          Name
        </label>
        <input
          id="conversation-title"
          className="field"
          value={title}
          maxLength={200}
          onChange={(event) => setTitle(event.target.value)}
          onFocus={(event) => event.target.select()}
        />
        {problem && (
          <p className="problem-text" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog-actions spaced">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary">
            Rename
          </button>
        </div>
      </form>
    </Modal>
  );
}

export function DeleteDialog({ item, onClose }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const open = useMatch("/c/:conversationId")?.params.conversationId === item.conversationId;
  const [problem, setProblem] = useState<string>();
  const [withdrawing, setWithdrawing] = useState(false);
  const remove = async () => {
    try {
      await api.remove(item.conversationId, withdrawing);
      if (withdrawing) void queries.invalidateQueries({ queryKey: keys.feedback });
      forgetBranchChoices(item.conversationId);
      if (open) navigate("/");
      queries.setQueryData<ConversationSummary[]>(keys.conversations, (list) =>
        list?.filter((other) => other.conversationId !== item.conversationId),
      );
      queries.removeQueries({ queryKey: keys.conversation(item.conversationId) });
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Modal
      open
      onOpenChange={(next) => !next && onClose()}
      title="Delete this conversation?"
      description={
        <p>
          “{item.title || "New chat"}” is deleted for good. Feedback that you gave in it stays, with the messages and
          answers that it is about, unless you take it back.
        </p>
      }
    >
      <label className="delete-choice">
        <input
          type="checkbox"
          data-testid="delete-withdraw"
          checked={withdrawing}
          onChange={(event) => setWithdrawing(event.target.checked)}
        />
        Take back the feedback that I gave in it, too
      </label>
      {problem && (
        <p className="problem-text" role="alert">
          {problem}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button danger" data-testid="delete-confirm" onClick={remove}>
          Delete
        </button>
      </div>
    </Modal>
  );
}
