import { createContext, type ReactNode, useContext, useState } from "react";
import { EffectDialog } from "./EffectDialog";

type ShowEffect = (feedbackId: string) => void;

const EffectContext = createContext<ShowEffect>(() => undefined);

/** Opens how a judgement was used, over whatever is on screen. */
export function useShowEffect(): ShowEffect {
  return useContext(EffectContext);
}

export function EffectProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<string>();
  return (
    <EffectContext.Provider value={setShown}>
      {children}
      {shown !== undefined && <EffectDialog feedbackId={shown} onClose={() => setShown(undefined)} />}
    </EffectContext.Provider>
  );
}
