import { type ReactNode, useEffect } from "react";
import { ThemeToggle } from "../theme/ThemeToggle";
import "./account.css";

/** The one card of a page that is seen before the chat. */
export function EntranceLayout({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ChatLoop`;
  }, [title]);
  return (
    <div className="entrance">
      <header className="entrance-head">
        <span className="entrance-brand">ChatLoop</span>
        <ThemeToggle />
      </header>
      <main className="entrance-card card">
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}
