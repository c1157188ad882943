import { orderWords } from "./ranks";
import type { Ranking } from "./useRanking";

interface Props {
  ranking: Ranking;
  disabled: boolean;
  decided: boolean;
  send(): void;
  skip(): void;
}

/** The order so far of three or four answers, and what can be done with it. */
export function RankingBar({ ranking, disabled, decided, send, skip }: Props) {
  const { places, ranks, shared, stored, changed, clear } = ranking;
  const order = orderWords(places);
  return (
    <>
      <p className="ranking-order" role="status" data-testid="ranking-order">
        {order ? (
          <>
            Best first: <strong>{order}</strong>
            {shared && !ranks && " = …"}
          </>
        ) : (
          "Give each answer its place; equal places are ties."
        )}
      </p>
      {!decided && (
        <p className="comparison-hint ranking-keys">
          Keys: <kbd className="key">1</kbd> to <kbd className="key">{places.length}</kbd> name the answers from best to
          worst, <kbd className="key">=</kbd> before one gives it the same place, <kbd className="key">⌫</kbd> clears,{" "}
          <kbd className="key">Enter</kbd> sends.
        </p>
      )}
      <fieldset className="verdicts" disabled={disabled} hidden={decided && !changed}>
        <legend className="visually-hidden">Ranking</legend>
        {(!decided || changed) && (
          <button
            type="button"
            className="button primary"
            data-testid="ranking-send"
            disabled={!ranks}
            onClick={() => send()}
          >
            {stored ? "Send the new ranking" : "Send ranking"}
          </button>
        )}
        {(decided ? changed : order) && (
          <button type="button" className="button" data-testid="ranking-clear" onClick={clear}>
            {stored ? "Keep the old one" : "Clear"}
          </button>
        )}
        {!decided && (
          <button type="button" className="button quiet" data-testid="verdict-skip" onClick={() => skip()}>
            Skip
          </button>
        )}
      </fieldset>
    </>
  );
}
