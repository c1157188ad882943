import { Component, type ReactNode } from "react";

/** The last resort: says that the page broke instead of going blank. Nothing is lost by a reload, all of it is on the server. */
export class Crash extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="alone">
        <h1>The page broke</h1>
        <p>Your conversations are safe on the server, and an answer that is being written goes on.</p>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          Reload
        </button>
      </main>
    );
  }
}
