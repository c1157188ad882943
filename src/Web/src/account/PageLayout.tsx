import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import { Brand } from "../app/Brand";
import { ThemeToggle } from "../theme/ThemeToggle";
import "../learning/learning.css";
import "./account.css";

/** Header and content of a page beside the chat. */
export function PageLayout({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ChatLoop`;
  }, [title]);
  return (
    <div className="learning-page">
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <header className="learning-header">
        <Brand />
        <nav aria-label="Pages">
          <Link to="/" className="button quiet small">
            <ArrowLeft size={15} aria-hidden /> Chat
          </Link>
        </nav>
        <span className="header-space" />
        <ThemeToggle />
      </header>
      <main id="main" className="learning-main account-main" tabIndex={-1}>
        <div className="learning-title">
          <h1>{title}</h1>
        </div>
        {children}
      </main>
    </div>
  );
}
