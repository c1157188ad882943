import { Link } from "react-router";

export function NotFound() {
  return (
    <main className="alone">
      <h1>There is no such page</h1>
      <p>
        <Link to="/">Go to the chat</Link>
      </p>
    </main>
  );
}
