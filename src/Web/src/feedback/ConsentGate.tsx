import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import type { Me } from "../api/shapes";
import { keys, useServices } from "../app/services";
import { Modal } from "../controls/Modal";

const GateContext = createContext<() => Promise<boolean>>(() => Promise.resolve(true));

/** Asks for the choice if it was never made. Resolves to false if the question was closed without an answer. */
export function useConsentGate(): () => Promise<boolean> {
  return useContext(GateContext);
}

export function useSetConsent(): (granted: boolean) => Promise<void> {
  const { queries } = useServices();
  return useCallback(
    async (granted) => {
      await api.setConsent(granted);
      queries.setQueryData<Me>(keys.me, (me) => me && { ...me, consent: granted ? "granted" : "declined" });
      // Consent applies to past feedback too: its states may have changed.
      void queries.invalidateQueries({ queryKey: keys.feedback });
    },
    [queries],
  );
}

export function ConsentGate({ children }: { children: ReactNode }) {
  const { queries } = useServices();
  const setConsent = useSetConsent();
  const [open, setOpen] = useState(false);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const waiting = useRef<((answered: boolean) => void)[]>([]);

  const ensure = useCallback(async () => {
    const me = await queries.ensureQueryData({ queryKey: keys.me, queryFn: api.me });
    if (me.consent !== "notAsked") return true;
    setProblem(undefined);
    setOpen(true);
    return new Promise<boolean>((resolve) => waiting.current.push(resolve));
  }, [queries]);

  const finish = (answered: boolean) => {
    setOpen(false);
    for (const resolve of waiting.current.splice(0)) resolve(answered);
  };

  const choose = async (granted: boolean) => {
    setSaving(true);
    try {
      await setConsent(granted);
      finish(true);
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setSaving(false);
    }
  };

  return (
    <GateContext.Provider value={ensure}>
      {children}
      <Modal
        open={open}
        onOpenChange={(next) => !next && finish(false)}
        title="May the model learn from your feedback?"
        description={
          <>
            <p>
              This service trains its model on what people say about answers. If you agree, a judged answer, the
              messages before it and your judgement, comment or correction are used for training. Nothing else of your
              conversations is.
            </p>
            <p>
              You can change your mind at any time under <strong>My feedback</strong>: take back one judgement, a
              conversation's, or all. Their words are erased, and a version that had learned from them is replaced by
              one that never did. Saying no later has the same effect on all that was used.
            </p>
            <p>If you decline, your feedback is stored for you, and not used.</p>
          </>
        }
      >
        {problem && (
          <div className="notice" role="alert">
            {problem}
          </div>
        )}
        <div className="dialog-actions">
          <button
            type="button"
            className="button"
            data-testid="consent-decline"
            disabled={saving}
            onClick={() => choose(false)}
          >
            Do not use it
          </button>
          <button
            type="button"
            className="button primary"
            data-testid="consent-grant"
            disabled={saving}
            onClick={() => choose(true)}
          >
            Yes, learn from it
          </button>
        </div>
      </Modal>
    </GateContext.Provider>
  );
}
