import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { type Page, startPage } from "../../../runtime/pixel/index.ts";
import { MAX_ENVELOPE_BYTES } from "../../../runtime/trust/index.ts";
import { sampleActions, sampleLetter, sampleReport } from "../../support/sample-actions.ts";
import { sampleEvent, sampleView } from "../../support/sample-view.ts";

const actions = sampleActions();
let page: Page;
beforeAll(async () => {
  page = await startPage({ view: sampleView(), port: 0, version: "0.1.0", actions });
});
afterAll(() => page.close());
beforeEach(() => void actions.asked.splice(0));

const ACTION = { "X-Steppps-Action": "1", "Content-Type": "application/json" };

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const bytes = body instanceof Uint8Array || typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(new URL(path, page.url), {
    method: "POST",
    headers: { ...ACTION, ...headers },
    body: bytes as BodyInit,
  });
  return { status: answer.status, value: await answer.json() };
}

describe("what can be done", () => {
  test("deploy takes bytes, as they are, up to the largest package", async () => {
    for (const length of [0, 20_000, MAX_ENVELOPE_BYTES])
      expect((await post("/api/deploy", new Uint8Array(length))).value).toMatchObject({
        plugin: "motion-light",
        outcome: "done",
      });
    await post("/api/deploy?canary=25", new Uint8Array(3));
    expect(actions.asked.map(([, ...what]) => what)).toEqual([
      [0, {}],
      [20_000, {}],
      [MAX_ENVELOPE_BYTES, {}],
      [3, { canary: 25 }],
    ]);
  });

  test.each([
    ["/api/approve", { deploy: "ab" }, ["approve", "ab"]],
    ["/api/refuse", { deploy: "ab" }, ["refuse", "ab"]],
    ["/api/rollback", { plugin: "lamp" }, ["rollback", "lamp"]],
    ["/api/remove", { plugin: "lamp" }, ["remove", "lamp"]],
    ["/api/dead-letter/replay", { plugin: "lamp", letter: "7" }, ["replay", "lamp", "7"]],
    ["/api/dead-letter/drop", { plugin: "lamp", letter: "7" }, ["drop", "lamp", "7"]],
  ])("%s", async (path, body, asked) => {
    expect(await post(path, body)).toEqual({ status: 200, value: null });
    expect(actions.asked).toEqual([asked]);
  });

  test("lists, of one plugin where it says so", async () => {
    actions.reports = [sampleReport()];
    actions.letters = [sampleLetter(), sampleLetter({ plugin: "lamp" })];
    actions.logs = [sampleEvent({ plugin: "lamp", text: "on" }), sampleEvent({ plugin: "door" })];
    const read = async (path: string) => (await fetch(new URL(path, page.url))).json();
    expect(await read("/api/deploys")).toEqual(actions.reports);
    expect(await read("/api/dead-letters?plugin=lamp")).toMatchObject([{ plugin: "lamp" }]);
    expect(await read("/api/dead-letter?plugin=lamp&letter=17")).toMatchObject({
      name: "sensors/door",
      payload: expect.any(String),
    });
    expect(await read("/api/logs?plugin=lamp")).toMatchObject([{ text: "on" }]);
    expect(await read("/api/logs")).toMatchObject({ code: "E_PAGE_ACTION" });
    actions.reports = [];
  });
});

describe("what is refused", () => {
  test("by the device: with its code", async () => {
    for (const [error, status] of [
      [new StepppsError("E_PLUGIN_UNKNOWN", "lamp"), 404],
      [new StepppsError("E_STORE_FULL"), 500],
      [new Error("something else"), 500],
    ] as const) {
      actions.refuseWith = error;
      const answer = await post("/api/rollback", { plugin: "lamp" });
      expect([answer.status, Object.keys(answer.value)]).toEqual([status, ["code", "what", "detail", "why", "fix"]]);
    }
  });

  test.each([
    ["/api/rollback", "{}"],
    ["/api/rollback", "[]"],
    ["/api/rollback", "null"],
    ["/api/rollback", ""],
    ["/api/rollback", '{"plugin":7}'],
    ["/api/rollback", '{"plugin":""}'],
    ["/api/rollback", '{"plugin":"lamp","force":true}'],
    ["/api/rollback", `{"plugin":"${"x".repeat(201)}"}`],
    ["/api/dead-letter/drop", '{"plugin":"lamp"}'],
    ["/api/deploy?canary=0", "x"],
    ["/api/deploy?canary=100", "x"],
    ["/api/deploy?canary=1e1", "x"],
  ])("%s %s", async (path, body) => {
    expect(await post(path, body)).toMatchObject({ status: 400, value: { code: "E_PAGE_ACTION" } });
    expect(actions.asked).toEqual([]);
  });

  test("what a form could send, and what is too large", async () => {
    const form = await post("/api/rollback", '{"plugin":"lamp"}', { "Content-Type": "text/plain" });
    expect([form.status, form.value.code]).toEqual([400, "E_PAGE_ACTION"]);
    const large = await post("/api/rollback", " ".repeat(20_000));
    expect([large.status, large.value.code]).toEqual([413, "E_PAGE_TOO_LARGE"]);
    expect(actions.asked).toEqual([]);
  });

  test("GET of what changes something, POST of what does not", async () => {
    const got = await fetch(new URL("/api/remove", page.url));
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    const posted = await fetch(new URL("/api/status", page.url), { method: "POST", headers: ACTION });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a package on its way", () => {
  function begin(bytes: number): Socket {
    const { hostname, port } = new URL(page.url);
    const socket = connect(Number(port), hostname).on("error", () => {});
    socket.write(`POST /api/deploy HTTP/1.1\r\nHost: localhost\r\nX-Steppps-Action: 1\r\nContent-Length: ${bytes}\r\n\r\nhalf`);
    return socket;
  }

  test("that is cut off is not deployed; one without a length ends at the bound", async () => {
    const cut = begin(1_000);
    await new Promise((resolve) => cut.once("connect", resolve));
    cut.destroy();
    const { hostname, port } = new URL(page.url);
    const endless = connect(Number(port), hostname).on("error", () => {});
    endless.write("POST /api/deploy HTTP/1.1\r\nHost: localhost\r\nX-Steppps-Action: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    for (let sent = 0; sent <= MAX_ENVELOPE_BYTES && endless.writable; sent += 65_536) endless.write(chunk);
    expect(await text(endless)).toContain("E_PAGE_TOO_LARGE");
    expect(actions.asked).toEqual([]);
  });

  test("is one of two at most; the others are told to come later", async () => {
    const [one, other] = [begin(1_000), begin(1_000)];
    const busy = async (): Promise<void> => {
      const { status, value } = await post("/api/deploy", new Uint8Array(1));
      if (status !== 503) return busy();
      expect(value.code).toBe("E_PAGE_BUSY");
    };
    await busy();
    one.destroy();
    other.destroy();
    const free = async (): Promise<void> => ((await post("/api/deploy", new Uint8Array(1))).status === 200 ? undefined : free());
    await free();
  });
});
