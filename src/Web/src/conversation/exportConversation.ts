import type { ConversationSnapshot } from "../api/shapes";
import { versionWords } from "../chat/shownTurn";
import { activePath, type BranchChoices, turnsOf } from "./tree";

/** The branch on screen as Markdown; JSON holds every branch. */
export function asMarkdown(snapshot: ConversationSnapshot, choices: BranchChoices): string {
  const parts = [`# ${snapshot.title || "Conversation"}`, `_${new Date(snapshot.createdAt).toLocaleString()}_`];
  for (const { slot } of activePath(snapshot, choices)) {
    const turns = turnsOf(slot);
    turns.forEach((turn, i) => {
      const version = versionWords(turn.versions);
      const who = turn.role === "user" ? "You" : turns.length > 1 ? `Answer ${i + 1}` : "ChatLoop";
      parts.push(`## ${who}${version ? ` (${version})` : ""}`, turn.text);
    });
  }
  return `${parts.join("\n\n")}\n`;
}

export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export function fileName(title: string, extension: string): string {
  const stem = title
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${stem || "conversation"}.${extension}`;
}
