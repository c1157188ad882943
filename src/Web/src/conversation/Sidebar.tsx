import { useQuery } from "@tanstack/react-query";
import { Activity, Keyboard, MessageSquareHeart, Search, SquarePen } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { Link, useNavigate } from "react-router";
import { AccountMenu } from "../account/AccountMenu";
import { api } from "../api/calls";
import { Brand } from "../app/Brand";
import { keys } from "../app/services";
import { useMe } from "../app/useMe";
import { MyFeedbackDialog } from "../feedback/MyFeedbackDialog";
import { ThemeToggle } from "../theme/ThemeToggle";
import { ConversationItem } from "./ConversationItem";
import { groupByAge, matching } from "./grouping";
import "./conversation.css";

interface Props {
  onHelp(): void;
  /** Closes the drawer on a phone. */
  onLeave?(): void;
}

export function Sidebar({ onHelp, onLeave }: Props) {
  const me = useMe();
  const navigate = useNavigate();
  const list = useQuery({ queryKey: keys.conversations, queryFn: api.conversations, enabled: me.isSuccess });
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search);
  const [feedbackOpen, setFeedbackOpen] = useState(false);
  const groups = groupByAge(matching(list.data ?? [], wanted));

  return (
    <nav className="sidebar" aria-label="Conversations">
      <div className="sidebar-top">
        <Brand />
        <button
          type="button"
          className="button new-conversation"
          data-testid="new-conversation"
          onClick={() => {
            navigate("/");
            onLeave?.();
            // The composer is there after the drawer has closed.
            setTimeout(() => document.getElementById("composer")?.focus());
          }}
        >
          <SquarePen size={16} aria-hidden /> New chat
        </button>
        <div className="search">
          <Search size={15} aria-hidden />
          <input
            type="search"
            aria-label="Search conversations"
            placeholder="Search"
            value={search}
            data-testid="conversation-search"
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
      </div>
      <div className="sidebar-list">
        {groups.map((group) => (
          <section key={group.label} aria-label={group.label}>
            <h2>{group.label}</h2>
            <ul>
              {group.items.map((item) => (
                <ConversationItem key={item.conversationId} item={item} onOpen={onLeave} />
              ))}
            </ul>
          </section>
        ))}
        {list.isSuccess && groups.length === 0 && (
          <p className="sidebar-empty">
            {wanted ? `Nothing is called “${wanted}”.` : "Your conversations will be listed here."}
          </p>
        )}
        {list.isError && (
          <p className="sidebar-empty">
            The list could not be read.{" "}
            <button type="button" className="link-button" onClick={() => void list.refetch()}>
              Try again
            </button>
          </p>
        )}
      </div>
      <div className="sidebar-bottom">
        <Link to="/learning" className="sidebar-link" data-testid="learning-link" onClick={onLeave}>
          <Activity size={16} aria-hidden /> Learning
        </Link>
        <button type="button" className="sidebar-link" data-testid="my-feedback" onClick={() => setFeedbackOpen(true)}>
          <MessageSquareHeart size={16} aria-hidden /> My feedback
        </button>
        <AccountMenu />
        <div className="sidebar-row">
          <button type="button" className="sidebar-link" onClick={onHelp}>
            <Keyboard size={16} aria-hidden /> Keyboard
          </button>
          <ThemeToggle />
        </div>
      </div>
      <MyFeedbackDialog open={feedbackOpen} onOpenChange={setFeedbackOpen} />
    </nav>
  );
}
