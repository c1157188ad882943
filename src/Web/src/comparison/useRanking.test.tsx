import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useRanking } from "./useRanking";

const press = (key: string, target: EventTarget = document.body) =>
  act(() => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));

it("ranks by keys, with a tie, and sends on Enter only when each answer has its place", () => {
  const send = vi.fn();
  const { result } = renderHook(() => useRanking(3, undefined, true, send));
  press("3");
  press("Enter");
  expect(send).not.toHaveBeenCalled();
  press("=");
  expect(result.current.shared).toBe(true);
  press("1");
  press("2");
  expect(result.current.places).toEqual([1, 2, 1]);
  press("Enter");
  expect(send).toHaveBeenCalledWith([1, 2, 1]);
});

it("leaves keys to text boxes, and Enter to the button that has it", () => {
  const send = vi.fn();
  const { result } = renderHook(() => useRanking(3, [1, 2, 3], true, send));
  const input = document.body.appendChild(document.createElement("input"));
  const button = document.body.appendChild(document.createElement("button"));
  press("1", input);
  press("Enter", button);
  expect(result.current.changed).toBe(false);
  expect(send).not.toHaveBeenCalled();
  input.remove();
  button.remove();
});

it("begins as what is stored, and goes back to it", () => {
  const { result } = renderHook(() => useRanking(3, [1, 2, 3], false, vi.fn()));
  act(() => result.current.place(0, 3));
  expect(result.current).toMatchObject({ places: [3, 2, 3], ranks: [2, 1, 2], changed: true, stored: true });
  act(() => result.current.clear());
  expect(result.current).toMatchObject({ ranks: [1, 2, 3], changed: false });
});
