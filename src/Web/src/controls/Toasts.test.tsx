import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import { expect, it, vi } from "vitest";
import { type NoteAction, ToastProvider, useNotify } from "./Toasts";

function Teller({ action }: { action: NoteAction }) {
  const notify = useNotify();
  return (
    <button type="button" onClick={() => notify("Your feedback was used in v3", "info", action)}>
      Tell
    </button>
  );
}

it("offers what a note is about, and goes when it was taken", async () => {
  const run = vi.fn();
  const user = userEvent.setup();
  render(
    <Tooltip.Provider>
      <ToastProvider>
        <Teller action={{ label: "See what changed", run }} />
      </ToastProvider>
    </Tooltip.Provider>,
  );
  await user.click(screen.getByRole("button", { name: "Tell" }));
  await user.click(screen.getByTestId("toast-action"));
  expect(run).toHaveBeenCalledOnce();
  expect(screen.queryByTestId("toast")).toBeNull();
});
