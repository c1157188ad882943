import { beforeEach, describe, expect, it, vi } from "vitest";

type Http = typeof import("./http");
type Calls = typeof import("./calls");

const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

describe("calls", () => {
  const fetched = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();
  let http: Http;
  let api: Calls["api"];

  beforeEach(async () => {
    // Who the visitor is is remembered by the module, so each test takes a fresh one.
    vi.resetModules();
    fetched.mockReset();
    vi.stubGlobal("fetch", fetched);
    http = await import("./http");
    ({ api } = await import("./calls"));
  });

  it("asks who the visitor is once, before everything else", async () => {
    fetched.mockImplementation(async (path) => json(path.endsWith("/me") ? { userId: "u" } : []));
    const [me] = await Promise.all([api.me(), api.conversations(), http.identityReady(), api.myFeedback()]);
    expect(me.userId).toBe("u");
    expect(fetched.mock.calls.map(([path]) => path)).toEqual([
      "/api/v1/me",
      "/api/v1/conversations",
      "/api/v1/me/feedback",
    ]);
  });

  it("marks calls that change something", async () => {
    fetched.mockImplementation(async () => json({}));
    await api.rename("c", "x");
    const init = fetched.mock.lastCall?.[1];
    expect(new Headers(init?.headers).get("X-ChatLoop")).toBe("1");
  });

  it("repeats feedback with the same id and body when the network fails or the server is busy", async () => {
    vi.useFakeTimers();
    const answers = [
      () => Promise.reject(new TypeError("network")),
      async () => json({ code: "busy" }, 503, { "Retry-After": "1" }),
      async () => json({ state: "recorded" }),
    ];
    fetched.mockImplementation((path) =>
      path.endsWith("/me") ? Promise.resolve(json({})) : (answers.shift()?.() as never),
    );
    const given = api.giveFeedback({ feedbackId: "f", kind: "thumb", conversationId: "c", turnId: "t", thumb: "up" });
    await vi.runAllTimersAsync();
    expect(await given).toEqual({ state: "recorded" });
    const puts = fetched.mock.calls.filter(([, init]) => init.method === "PUT");
    expect(new Set(puts.map(([path, init]) => `${path} ${init.body}`)).size).toBe(1);
    expect(puts).toHaveLength(3);
    vi.useRealTimers();
  });

  it("shows the detail of a problem, and does not repeat a refusal", async () => {
    fetched.mockImplementation(async (path) =>
      path.endsWith("/me") ? json({}) : json({ code: "conflict", detail: "Use a new id." }, 409),
    );
    await expect(api.withdrawFeedback("f")).rejects.toMatchObject({ code: "conflict", message: "Use a new id." });
    expect(fetched).toHaveBeenCalledTimes(2);
  });
});
