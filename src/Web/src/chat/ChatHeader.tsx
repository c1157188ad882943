import { Menu, SquarePen } from "lucide-react";
import { Dialog } from "radix-ui";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { LiveVersion } from "../app/LiveVersion";
import { IconButton } from "../controls/IconButton";
import { Sidebar } from "../conversation/Sidebar";
import { useSession } from "../conversation/useSession";

export function ChatHeader({ onHelp }: { onHelp(): void }) {
  const { snapshot } = useSession();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  return (
    <header className="chat-header">
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger asChild>
          <button
            type="button"
            className="icon-button only-phone"
            aria-label="Conversations"
            data-testid="open-sidebar"
          >
            <Menu size={19} aria-hidden />
          </button>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="overlay" />
          <Dialog.Content className="drawer" aria-describedby={undefined}>
            <Dialog.Title className="visually-hidden">Conversations</Dialog.Title>
            <Sidebar
              onHelp={() => {
                setOpen(false);
                onHelp();
              }}
              onLeave={() => setOpen(false)}
            />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <h1 className="chat-title">{snapshot?.title || "New chat"}</h1>
      <Link to="/learning" className="live-link" title="See how the model learns">
        <LiveVersion />
      </Link>
      <span className="only-phone">
        <IconButton label="New chat" onClick={() => navigate("/")}>
          <SquarePen size={18} aria-hidden />
        </IconButton>
      </span>
    </header>
  );
}
