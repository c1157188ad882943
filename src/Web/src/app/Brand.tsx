import { Link } from "react-router";

export function Brand() {
  return (
    <Link to="/" className="brand" aria-label="ChatLoop, new chat">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="9" fill="var(--accent)" />
        <path
          d="M9.5 19a4.5 4.5 0 1 1 3.6-7.2l5.8 7.4a4.5 4.5 0 1 0 0-7.4l-1.6 2"
          fill="none"
          stroke="var(--on-accent)"
          strokeWidth="2.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      ChatLoop
    </Link>
  );
}
