import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../api/shapes";
import type { StreamHandlers, StreamSource } from "../connection/hubLink";
import { RunStore } from "./runStore";

/** A hub that keeps a run's log and can lose its connection. */
class FakeHub implements StreamSource {
  connected = true;
  log: RunEvent[] = [];
  asked: number[] = [];
  private readonly readers = new Set<StreamHandlers<RunEvent>>();
  private readonly listeners = new Set<() => void>();

  stream<T>(_method: string, args: unknown[], handlers: StreamHandlers<T>): () => void {
    const from = args[2] as number;
    const reader = handlers as unknown as StreamHandlers<RunEvent>;
    this.asked.push(from);
    this.readers.add(reader);
    for (const event of this.log.filter(({ seq }) => seq >= from)) reader.next(event);
    return () => this.readers.delete(reader);
  }

  onConnected(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  write(kind: RunEvent["kind"], text = "", reaches = true): void {
    const event: RunEvent = { seq: this.log.length + 1, kind, text, tokenCount: this.log.length };
    this.log.push(event);
    if (this.connected && reaches) for (const reader of [...this.readers]) reader.next(event);
  }

  drop(): void {
    this.connected = false;
    const readers = [...this.readers];
    this.readers.clear();
    for (const reader of readers) reader.ended(new Error("connection lost"));
  }

  comeBack(): void {
    this.connected = true;
    for (const listener of this.listeners) listener();
  }

  endStreams(): void {
    const readers = [...this.readers];
    this.readers.clear();
    for (const reader of readers) reader.ended();
  }
}

describe("RunStore", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const setUp = () => {
    const hub = new FakeHub();
    const ended = vi.fn();
    const store = new RunStore(hub, ended);
    store.watch("c", "r");
    return { hub, store, ended };
  };

  it("loses and doubles nothing over a lost connection", () => {
    const { hub, store, ended } = setUp();
    hub.write("delta", "one ");
    hub.write("delta", "two ");
    hub.drop();
    hub.write("delta", "three ");
    hub.comeBack();
    hub.write("delta", "four");
    hub.write("done");
    expect(store.get("r")?.text).toBe("one two three four");
    expect(hub.asked).toEqual([1, 3]);
    expect(ended).toHaveBeenCalledOnce();
  });

  it("reads again from the gap when an event went missing", () => {
    const { hub, store } = setUp();
    hub.write("delta", "a");
    hub.write("delta", "b", false);
    hub.write("delta", "c");
    expect(store.get("r")?.text).toBe("a");
    vi.runAllTimers();
    expect(store.get("r")?.text).toBe("abc");
    expect(hub.asked).toEqual([1, 2]);
  });

  it("reads again when a stream ends before the run does", () => {
    const { hub, store } = setUp();
    hub.write("delta", "a");
    hub.endStreams();
    hub.write("delta", "b");
    vi.runAllTimers();
    expect(store.get("r")?.text).toBe("ab");
  });

  it("watches a run once", () => {
    const { hub, store } = setUp();
    store.watch("c", "r");
    expect(hub.asked).toEqual([1]);
  });

  it("stops at what was seen, and goes on if the stop failed", () => {
    const { hub, store } = setUp();
    hub.write("delta", "a");
    expect(store.freeze("r")).toBe(1);
    hub.write("delta", "b");
    expect(store.get("r")?.text).toBe("a");
    store.thaw("r");
    expect(store.get("r")?.text).toBe("ab");
  });
});
