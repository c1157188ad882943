import { createEvent, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Session, SessionContext } from "../conversation/useSession";
import { Composer, maxLength } from "./Composer";

const send = vi.fn(async (_: string) => true);
const stop = vi.fn(async () => undefined);
const session = (more: Partial<Session> = {}) =>
  ({
    conversationId: "c",
    path: [],
    generating: false,
    send,
    stop,
    setEditing: vi.fn(),
    ...more,
  }) as unknown as Session;

const open = (more?: Partial<Session>) => {
  render(
    <SessionContext.Provider value={session(more)}>
      <Composer />
    </SessionContext.Provider>,
  );
  return screen.getByTestId<HTMLTextAreaElement>("composer");
};

describe("Composer", () => {
  beforeEach(() => {
    send.mockReset().mockResolvedValue(true);
    stop.mockReset();
  });

  it("sends with Enter and breaks the line with Shift+Enter", async () => {
    const box = open();
    await userEvent.type(box, "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(send).toHaveBeenCalledExactlyOnceWith("one\ntwo");
    expect(box.value).toBe("");
  });

  it("leaves Enter to an input method that is composing", () => {
    const box = open();
    fireEvent.change(box, { target: { value: "かな" } });
    const enter = createEvent.keyDown(box, { key: "Enter" });
    Object.defineProperty(enter, "isComposing", { value: true });
    fireEvent(box, enter);
    expect(send).not.toHaveBeenCalled();
  });

  it("keeps the text when it was not accepted, and as a draft", async () => {
    send.mockResolvedValue(false);
    const box = open();
    await userEvent.type(box, "hello{Enter}");
    expect(box.value).toBe("hello");
    expect(localStorage.getItem("chatloop.draft.c")).toBe("hello");
  });

  it("says how much is too much, and does not send it", () => {
    const box = open();
    fireEvent.change(box, { target: { value: "x".repeat(maxLength + 3) } });
    expect(screen.getByText("3 characters too many")).toBeTruthy();
    fireEvent.keyDown(box, { key: "Enter" });
    expect(send).not.toHaveBeenCalled();
  });

  it("stops instead of sending while an answer is written", async () => {
    open({ generating: true });
    await userEvent.click(screen.getByTestId("stop"));
    expect(stop).toHaveBeenCalledOnce();
  });
});
