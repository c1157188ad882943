import { useMe } from "../app/useMe";
import { useSession } from "../conversation/useSession";

/** What the starter model was taught: greetings, capitals, sums, continents. */
const suggestions = [
  "Hello! How are you?",
  "What is the capital of France?",
  "What is 7 plus 5?",
  "Which continent is Kenya in?",
];

export function EmptyState() {
  const { send } = useSession();
  const live = useMe().data?.live?.version;
  return (
    <div className="empty">
      <h2>What would you like to ask?</h2>
      <p>
        {live === undefined ? "The model" : `Version ${live} of the model`} answers. Rate what it says, and the next
        version learns from it.
      </p>
      <ul className="suggestions">
        {suggestions.map((text) => (
          <li key={text}>
            <button type="button" data-testid="suggestion" onClick={() => void send(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
