import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useMatch } from "react-router";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { FeedbackStatus } from "../api/shapes";
import { keys } from "../app/services";
import { Modal } from "../controls/Modal";

type Scope = { conversationId: string } | "all";

/** Takes back what was said in the open conversation, or everything. */
export function TakeBack({ given }: { given: FeedbackStatus[] }) {
  const open = useMatch("/c/:conversationId")?.params.conversationId;
  const [asked, setAsked] = useState<Scope>();
  const standing = given.filter(({ state }) => state !== "withdrawn");
  const here = standing.filter(({ submission }) => submission.conversationId === open);
  if (standing.length === 0) return null;
  return (
    <div className="take-back">
      {open && here.length > 0 && (
        <button
          type="button"
          className="button small"
          data-testid="withdraw-conversation"
          onClick={() => setAsked({ conversationId: open })}
        >
          Take back all in this conversation
        </button>
      )}
      <button type="button" className="button small" data-testid="withdraw-all" onClick={() => setAsked("all")}>
        Take all of it back
      </button>
      {asked && (
        <TakeBackDialog
          scope={asked}
          standing={asked === "all" ? standing : here}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

interface Props {
  scope: Scope;
  standing: FeedbackStatus[];
  onClose(): void;
}

function TakeBackDialog({ scope, standing, onClose }: Props) {
  const queries = useQueryClient();
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const takeBack = async () => {
    setSaving(true);
    try {
      await (scope === "all" ? api.withdrawAll() : api.withdrawConversation(scope.conversationId));
      await queries.invalidateQueries({ queryKey: keys.feedback });
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
      setSaving(false);
    }
  };
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      title={scope === "all" ? "Take all your feedback back?" : "Take back your feedback in this conversation?"}
      description={<WhatHappens standing={standing} />}
    >
      {problem && (
        <p className="problem-text" role="alert">
          {problem}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          className="button danger"
          data-testid="withdraw-confirm"
          disabled={saving}
          onClick={takeBack}
        >
          Take it back
        </button>
      </div>
    </Modal>
  );
}

/** Exactly what a withdrawal does. */
function WhatHappens({ standing }: { standing: FeedbackStatus[] }): ReactNode {
  const inLive = standing.filter(({ lineage }) => lineage?.isInLive).length;
  return (
    <div className="what-happens">
      <p>
        {standing.length === 1 ? "1 judgement is" : `${standing.length} judgements are`} withdrawn, for good. No
        training run uses {standing.length === 1 ? "it" : "them"} from now on, and the words, answers and messages
        stored with them are erased. That there was a judgement, and when, stays on record.
      </p>
      {inLive > 0 ? (
        <p>
          The version that is live has learned from {inLive === 1 ? "1 of them" : `${inLive} of them`}. It answers on
          until one without them takes its place: My feedback shows when that is at the latest, and when it has
          happened.
        </p>
      ) : (
        <p>The version that is live has learned from none of them.</p>
      )}
      <p>Your conversations stay.</p>
    </div>
  );
}
