import { useEffect, useState, useSyncExternalStore } from "react";
import type { HubLink, LinkState } from "./hubLink";
import "./connection.css";

export function useLinkState(link: HubLink): LinkState {
  return useSyncExternalStore(link.subscribe, () => link.state);
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      addEventListener("online", listener);
      addEventListener("offline", listener);
      return () => {
        removeEventListener("online", listener);
        removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
}

function wordsFor(state: LinkState, online: boolean, answering: boolean): string {
  if (state === "connected") return "Connected";
  if (!online) return "You are offline. What you type is kept.";
  if (state === "connecting") return "Connecting…";
  return answering ? "Reconnecting… your answer is still being written" : "Reconnecting…";
}

/** Says how the connection is, in words. Quiet while all is well; the words stay available to screen readers and tests. */
export function ConnectionState({ link, answering = false }: { link: HubLink; answering?: boolean }) {
  const state = useLinkState(link);
  const online = useOnline();
  const patient = useHeldFor(state === "connecting", 1200);
  const shown = state === "reconnecting" || (state === "connecting" && patient);
  return (
    <div
      className={shown ? "connection shown" : "visually-hidden"}
      data-testid="connection-state"
      data-state={state}
      role="status"
    >
      {shown && <span className="connection-dot" aria-hidden />}
      {wordsFor(state, online, answering)}
    </div>
  );
}

function useHeldFor(condition: boolean, ms: number): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!condition) return setHeld(false);
    const timer = setTimeout(() => setHeld(true), ms);
    return () => clearTimeout(timer);
  }, [condition, ms]);
  return held;
}
