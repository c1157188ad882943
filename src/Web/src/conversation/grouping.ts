import type { ConversationSummary } from "../api/shapes";

export interface Group {
  label: string;
  items: ConversationSummary[];
}

/** Newest first, under headings by age, as in a mailbox. */
export function groupByAge(list: ConversationSummary[], now: Date = new Date()): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const day = 86_400_000;
  const labels: [string, number][] = [
    ["Today", midnight],
    ["Yesterday", midnight - day],
    ["Previous 7 days", midnight - 7 * day],
    ["Previous 30 days", midnight - 30 * day],
    ["Older", Number.NEGATIVE_INFINITY],
  ];
  const groups = labels.map(([label]) => ({ label, items: [] as ConversationSummary[] }));
  for (const item of [...list].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))) {
    const at = Date.parse(item.updatedAt);
    groups[labels.findIndex(([, from]) => at >= from)]?.items.push(item);
  }
  return groups.filter((group) => group.items.length > 0);
}

export function matching(list: ConversationSummary[], search: string): ConversationSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((item) => words.every((word) => (item.title || "New chat").toLowerCase().includes(word)));
}
