import { useEffect, useState } from "react";
import { useMatch } from "react-router";
import { useServices } from "../app/services";
import { ConnectionState } from "../connection/ConnectionState";
import { Sidebar } from "../conversation/Sidebar";
import { SessionContext, useSessionOf } from "../conversation/useSession";
import { Announcer } from "./Announcer";
import { ChatHeader } from "./ChatHeader";
import { Composer } from "./Composer";
import { KeyboardHelp } from "./KeyboardHelp";
import { ownsKeys } from "./ownsKeys";
import { Thread } from "./Thread";
import "./chat.css";

export default function ChatPage() {
  const { chat } = useServices();
  const conversationId = useMatch("/c/:conversationId")?.params.conversationId;
  const session = useSessionOf(conversationId);
  const [helpOpen, setHelpOpen] = useState(false);
  const { generating, stop, snapshot } = session;

  useEffect(() => {
    document.title = snapshot?.title ? `${snapshot.title} · ChatLoop` : "ChatLoop";
  }, [snapshot?.title]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (event.key === "Escape" && generating && !document.querySelector('[role="dialog"], [role="menu"]')) {
        event.preventDefault();
        void stop();
      } else if (event.key === "?" && !ownsKeys(event.target)) {
        event.preventDefault();
        setHelpOpen(true);
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [generating, stop]);

  const openHelp = () => setHelpOpen(true);
  return (
    <SessionContext.Provider value={session}>
      <a className="skip-link" href="#composer">
        Skip to the message box
      </a>
      <div className="chat-page">
        <aside className="sidebar-column">
          <Sidebar onHelp={openHelp} />
        </aside>
        <div className="chat-column">
          <ChatHeader onHelp={openHelp} />
          <ConnectionState link={chat} answering={generating} />
          <main id="main" className="chat-main">
            <Thread />
            <Composer />
          </main>
          <Announcer />
        </div>
      </div>
      <KeyboardHelp open={helpOpen} onOpenChange={setHelpOpen} />
    </SessionContext.Provider>
  );
}
