import { X } from "lucide-react";
import { Toast } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { IconButton } from "./IconButton";

/** What a note offers to do. */
export interface NoteAction {
  label: string;
  run(): void;
}

export type Notify = (text: string, tone?: "info" | "problem", action?: NoteAction) => void;

interface Note {
  id: number;
  text: string;
  tone: "info" | "problem";
  action?: NoteAction;
}

const NotifyContext = createContext<Notify>(() => undefined);

export function useNotify(): Notify {
  return useContext(NotifyContext);
}

let nextId = 1;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [notes, setNotes] = useState<Note[]>([]);
  const notify = useCallback<Notify>((text, tone = "info", action) => {
    setNotes((before) =>
      [...before.filter((note) => note.text !== text), { id: nextId++, text, tone, action }].slice(-4),
    );
  }, []);
  const close = useCallback((id: number) => setNotes((before) => before.filter((note) => note.id !== id)), []);
  const value = useMemo(() => notify, [notify]);

  return (
    <NotifyContext.Provider value={value}>
      <Toast.Provider duration={8000} swipeDirection="right">
        {children}
        {notes.map((note) => (
          <Toast.Root
            key={note.id}
            className={`toast ${note.tone}`}
            data-testid="toast"
            onOpenChange={(open) => !open && close(note.id)}
          >
            <Toast.Description>{note.text}</Toast.Description>
            {note.action && (
              <Toast.Action altText={`${note.action.label}: in My feedback, too`} asChild>
                <button type="button" className="button small" data-testid="toast-action" onClick={note.action.run}>
                  {note.action.label}
                </button>
              </Toast.Action>
            )}
            <Toast.Close asChild>
              <IconButton label="Dismiss">
                <X size={16} aria-hidden />
              </IconButton>
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="toasts" />
      </Toast.Provider>
    </NotifyContext.Provider>
  );
}
