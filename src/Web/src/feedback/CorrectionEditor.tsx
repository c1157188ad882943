import { AnswerEditor } from "./AnswerEditor";
import { type Target, targetKey } from "./judgements";
import { useFeedback } from "./useFeedback";
import { useKeptText } from "./useKeptText";

interface Props {
  target: Target;
  /** The answer as the model wrote it. */
  original: string;
  onClose(): void;
}

/** The answer's text to be mended, or the earlier correction of it. */
export function CorrectionEditor({ target, original, onClose }: Props) {
  const { judgementOf, judge } = useFeedback();
  const [text, setText, forget] = useKeptText(targetKey(target), judgementOf(target).says?.text ?? original);
  return (
    <AnswerEditor
      label="Edit answer"
      hint="Change what should be different. The answer itself stays as it is."
      testId="correction"
      text={text}
      onText={setText}
      begun={original}
      onSend={async (corrected) => {
        const status = await judge(target, { text: corrected });
        if (!status) return false;
        forget();
        onClose();
        return true;
      }}
      onClose={(keep) => {
        if (!keep) forget();
        onClose();
      }}
    />
  );
}
