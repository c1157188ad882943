import { useState } from "react";
import type { Turn } from "../api/shapes";
import { AnswerEditor } from "./AnswerEditor";
import { type Target, targetKey } from "./judgements";
import { useFeedback } from "./useFeedback";
import { useKeptText } from "./useKeptText";

interface Props {
  target: Target;
  /** The finished answers to the same message, oldest first. */
  answers: Turn[];
  onClose(): void;
}

/** The user's own answer to a message: from nothing, or begun from one of the model's. */
export function DemonstrationEditor({ target, answers, onClose }: Props) {
  const { judgementOf, judge } = useFeedback();
  const { says } = judgementOf(target);
  const [text, setText, forgetText] = useKeptText(targetKey(target), says?.text ?? "");
  const [begunFrom, setBegunFrom, forgetBegun] = useKeptText(`${targetKey(target)}:from`, says?.turnId ?? "");
  const [round, setRound] = useState(0);
  const begun = answers.find(({ turnId }) => turnId === begunFrom);
  // What was typed is never replaced: the ways to begin are offered while nothing was.
  const untouched = text.trim() === "" || text === begun?.text;

  const begin = (answer: Turn | undefined) => {
    setText(answer?.text ?? "");
    setBegunFrom(answer?.turnId ?? "");
    setRound(round + 1);
  };
  const close = (keep: boolean) => {
    if (!keep) {
      forgetText();
      forgetBegun();
    }
    onClose();
  };
  return (
    <AnswerEditor
      // Another beginning takes the cursor to its end.
      key={round}
      label="Write the answer yourself"
      hint={begun ? "Begun from an answer of the model." : "Write what the model should have answered."}
      testId="demonstration"
      text={text}
      onText={setText}
      begun={begun?.text}
      onSend={async (own) => {
        const status = await judge(target, { text: own, turnId: begun?.turnId });
        if (status) close(false);
        return status !== undefined;
      }}
      onClose={close}
    >
      {untouched && answers.length > 0 && (
        <div className="begin-from" data-testid="begin-from">
          {answers.map((answer, i) => (
            <button
              key={answer.turnId}
              type="button"
              className="button small"
              data-testid="begin-from-answer"
              title={answer.text.slice(0, 200)}
              aria-pressed={answer.turnId === begunFrom}
              onClick={() => begin(answer)}
            >
              {answers.length === 1 ? "Begin from the answer" : `Begin from answer ${i + 1}`}
            </button>
          ))}
          {begun && (
            <button type="button" className="button quiet small" onClick={() => begin(undefined)}>
              Begin empty
            </button>
          )}
        </div>
      )}
    </AnswerEditor>
  );
}
