import type { FeedbackEffect, JudgedAnswer } from "../api/shapes";
import { answerName, likelierWords, logProbabilityWords, scoreWords, shiftWords } from "./words";

/** How likely each version finds the answers that were judged. */
export function JudgedAnswers({ effect }: { effect: FeedbackEffect }) {
  const { answers, parentVersion, version, preferenceShift } = effect;
  return (
    <section aria-labelledby="effect-judged">
      <h3 id="effect-judged">{answers.length > 1 ? "What you compared" : "What you judged"}</h3>
      <ul className="effect-judged">
        {answers.map((answer, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the answers of a judgement never change.
          <li key={i} data-testid="effect-judged">
            <strong>{answerName(answer, answers)}</strong>
            <q>{answer.text}</q>
            <dl>
              <LogProbability of={answer} version={parentVersion} total={answer.oldLogProbability} />
              <LogProbability of={answer} version={version} total={answer.newLogProbability} />
              <Figure name="Change" value={change(answer)} />
              <Figure name="Score" value={scoreWords(answer.reward)} />
            </dl>
          </li>
        ))}
      </ul>
      {preferenceShift != null && <p data-testid="effect-shift">{shiftWords(preferenceShift)}</p>}
    </section>
  );
}

function LogProbability({ of, version, total }: { of: JudgedAnswer; version: number; total?: number | null }) {
  const [whole, each] = logProbabilityWords(total, of.tokenCount);
  return <Figure name={`Log-probability in v${version}`} value={whole} more={each} />;
}

function change({ oldLogProbability, newLogProbability }: JudgedAnswer): string {
  if (oldLogProbability == null || newLogProbability == null) return "too long to measure";
  return likelierWords(newLogProbability - oldLogProbability);
}

function Figure({ name, value, more }: { name: string; value: string; more?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {more && <small>{more}</small>}
      </dd>
    </div>
  );
}
