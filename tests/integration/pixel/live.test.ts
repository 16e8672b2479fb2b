import { get, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Page, startPage } from "../../../runtime/pixel/index.ts";
import { LIMITS } from "../../../runtime/pixel/server/limits.ts";
import { type SampleView, sampleEvent, sampleMessage, sampleView } from "../../support/sample-view.ts";

let page: Page;
let view: SampleView;

beforeEach(async () => {
  view = sampleView({}, [sampleEvent({ text: "before" })]);
  page = await startPage({ view, port: 0, version: "0.1.0" });
});
afterEach(() => page.close());

/** A live view that keeps what it gets; one that does not read, where `reads` is false. */
async function openLive(reads = true) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${page.url}api/live`, resolve).on("error", reject);
  });
  const live = { response, text: "", closed: false };
  // Cut off from the other side, a response ends with an error; that it ended is what counts.
  response.on("error", () => {}).on("close", () => (live.closed = true));
  if (reads) response.setEncoding("utf8").on("data", (text) => (live.text += text));
  return live;
}

const until = (check: () => unknown) =>
  vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: 60_000, interval: 20 });

test("tells the state, what happened, and what passes", async () => {
  const live = await openLive();
  expect(live.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  await until(() => /^event: recent\ndata: \[.*"before".*\]$/m.test(live.text));
  view.emit(sampleEvent({ text: "line\nbreak" }));
  view.pass(sampleMessage({ topic: "a/b" }));
  await until(() => /^event: event\ndata: .*"line\\nbreak"/m.test(live.text));
  await until(() => /^event: messages\ndata: \[.*"a\/b"/m.test(live.text));
  await until(() => (live.text.match(/^event: status$/gm)?.length ?? 0) >= 2);
  live.response.destroy();
  await until(() => view.listeners === 0);
});

describe("bounds", () => {
  test("so many live views and no more; one that leaves makes room", async () => {
    const all = await Promise.all(Array.from({ length: LIMITS.liveClients }, () => openLive()));
    const refused = await fetch(`${page.url}api/live`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refused.json()).toMatchObject({ code: "E_PAGE_BUSY" });
    all[0]?.response.destroy();
    await until(async () => (await fetch(`${page.url}api/live`, { method: "HEAD" })).status === 200);
  });

  test("one that does not read is cut off; those that read go on", async () => {
    const reader = await openLive();
    const stuck = await openLive(false);
    const text = "x".repeat(60_000);
    // Past what the sockets' buffers take of it.
    for (let i = 0; i < 2_000 && !stuck.closed; i++) {
      view.emit(sampleEvent({ text }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    stuck.response.resume();
    await until(() => stuck.closed);
    expect(stuck.response.complete).toBe(false);
    expect(reader.closed).toBe(false);
    const had = reader.text.length;
    await until(() => reader.text.length > had && reader.text.includes("event: status"));
  });
});

test("closing ends live views", async () => {
  const live = await openLive();
  await page.close();
  await until(() => live.closed);
  expect(view.listeners).toBe(0);
  await page.close();
});
