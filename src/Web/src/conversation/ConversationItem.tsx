import { Download, Ellipsis, FileJson, Pencil, Trash2 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { NavLink } from "react-router";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { ConversationSummary } from "../api/shapes";
import { useNotify } from "../controls/Toasts";
import { readBranchChoices } from "./branchChoices";
import { DeleteDialog, RenameDialog } from "./ConversationDialogs";
import { asMarkdown, download, fileName } from "./exportConversation";

export function ConversationItem({ item, onOpen }: { item: ConversationSummary; onOpen?(): void }) {
  const notify = useNotify();
  const [dialog, setDialog] = useState<"rename" | "delete">();
  const title = item.title || "New chat";

  const exportAs = async (format: "json" | "md") => {
    try {
      const snapshot = await api.conversation(item.conversationId);
      if (format === "json") {
        download(fileName(title, "json"), "application/json", JSON.stringify(snapshot, null, 2));
      } else {
        const markdown = asMarkdown(snapshot, readBranchChoices(item.conversationId));
        download(fileName(title, "md"), "text/markdown", markdown);
      }
    } catch (error) {
      notify(`The conversation was not exported. ${messageOf(error)}`, "problem");
    }
  };

  return (
    <li className="conversation-item" data-testid="conversation-item" data-conversation-id={item.conversationId}>
      <NavLink to={`/c/${item.conversationId}`} onClick={onOpen} title={title}>
        {title}
      </NavLink>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <button
            type="button"
            className="icon-button"
            aria-label={`Actions for ${title}`}
            data-testid="conversation-menu"
          >
            <Ellipsis size={16} aria-hidden />
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="start" sideOffset={4}>
            <DropdownMenu.Item className="menu-item" onSelect={() => setDialog("rename")}>
              <Pencil size={15} aria-hidden /> Rename
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item" onSelect={() => void exportAs("md")}>
              <Download size={15} aria-hidden /> Export as Markdown
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item" onSelect={() => void exportAs("json")}>
              <FileJson size={15} aria-hidden /> Export as JSON
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="menu-line" />
            <DropdownMenu.Item className="menu-item danger" onSelect={() => setDialog("delete")}>
              <Trash2 size={15} aria-hidden /> Delete
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {dialog === "rename" && <RenameDialog item={item} onClose={() => setDialog(undefined)} />}
      {dialog === "delete" && <DeleteDialog item={item} onClose={() => setDialog(undefined)} />}
    </li>
  );
}
