import { Modal } from "../controls/Modal";

const keys: [string[], string][] = [
  [["Enter"], "Send the message"],
  [["Shift", "Enter"], "New line"],
  [["Esc"], "Stop the answer, or leave an edit"],
  [["↑"], "In an empty message box: edit your last message"],
  [["Ctrl", "Enter"], "Send a correction or your own answer"],
  [["1"], "Comparison: answer 1 is better"],
  [["2"], "Comparison: answer 2 is better"],
  [["0"], "Comparison: tie"],
  [["1", "…", "4"], "Ranking: the answers, from best to worst"],
  [["="], "Ranking: the next one shares the place of the last"],
  [["⌫"], "Ranking: clear"],
  [["Enter"], "Ranking: send"],
  [["?"], "This list"],
];

export function KeyboardHelp({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  return (
    <Modal open={open} onOpenChange={onOpenChange} title="Keyboard">
      <dl className="key-list" data-testid="keyboard-help">
        {keys.map(([combination, words]) => (
          <div key={words}>
            <dt>
              {combination.map((key) => (
                <kbd key={key} className="key">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <p>Single keys work while no text box has the cursor.</p>
    </Modal>
  );
}
