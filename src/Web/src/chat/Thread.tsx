import { ArrowDown, TriangleAlert, X } from "lucide-react";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { ApiError, messageOf } from "../api/http";
import { IconButton } from "../controls/IconButton";
import { useSession } from "../conversation/useSession";
import { EmptyState } from "./EmptyState";
import { MessageList } from "./MessageList";
import { useStickToBottom } from "./useStickToBottom";

export function Thread() {
  const { conversationId, path, outgoing, loading, loadError, problem, dismissProblem } = useSession();
  const { scroller, content, away, toBottom } = useStickToBottom(conversationId);
  const empty = path.length === 0 && !outgoing;

  // One's own message is always worth seeing.
  useEffect(() => {
    if (outgoing) toBottom();
  }, [outgoing, toBottom]);

  return (
    <div className="thread">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <section className="thread-scroller" ref={scroller} tabIndex={0} aria-label="Messages">
        <div className="thread-content" ref={content}>
          {loadError ? (
            <LoadProblem error={loadError} />
          ) : loading ? (
            <Skeleton />
          ) : empty ? (
            <EmptyState />
          ) : (
            <MessageList />
          )}
        </div>
      </section>
      {away && (
        <button type="button" className="jump" onClick={() => toBottom(true)}>
          <ArrowDown size={15} aria-hidden /> Latest
        </button>
      )}
      {problem && (
        <div className="thread-problem">
          <div className="notice" role="alert" data-testid="problem">
            <TriangleAlert size={17} aria-hidden />
            <span className="notice-text">{problem}</span>
            <IconButton label="Dismiss" onClick={dismissProblem}>
              <X size={16} aria-hidden />
            </IconButton>
          </div>
        </div>
      )}
    </div>
  );
}

function LoadProblem({ error }: { error: unknown }) {
  const navigate = useNavigate();
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="empty">
      <h2>{missing ? "This conversation is not here" : "The conversation could not be read"}</h2>
      <p>{missing ? "It was deleted, or it belongs to someone else." : messageOf(error)}</p>
      <button type="button" className="button" onClick={() => navigate("/")}>
        Start a new chat
      </button>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="messages skeleton" aria-hidden>
      <span className="bone short" />
      <span className="bone" />
      <span className="bone middle" />
    </div>
  );
}
