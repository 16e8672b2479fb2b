import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SystemStatus } from "../../../runtime/contract/index.ts";
import { type Page, startPage } from "../../../runtime/pixel/index.ts";
import { sampleEvent, sampleView } from "../../support/sample-view.ts";

let page: Page;
const view = sampleView({}, [sampleEvent({ text: "before" })]);

beforeAll(async () => {
  page = await startPage({ view, port: 0, version: "0.1.0" });
});
afterAll(() => page.close());

const ERROR_PARTS = ["code", "detail", "fix", "what", "why"];

/** One request, its path and headers sent as they are. */
async function ask(path: string, { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {}) {
  const { hostname, port } = new URL(page.url);
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path, method, headers }, resolve).on("error", reject).end();
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** What comes back for these bytes, until the server closes or `until` is there. */
function send(bytes: string): Promise<string> {
  const { hostname, port } = new URL(page.url);
  const socket = connect(Number(port), hostname);
  socket.end(bytes, "latin1");
  return text(socket.on("error", () => {}));
}

describe("the API", () => {
  test("/api/status is the system's status", async () => {
    const { status, headers, body } = await ask("/api/status");
    expect([status, headers["content-type"], headers["cache-control"]]).toEqual([
      200,
      "application/json; charset=utf-8",
      "no-store",
    ]);
    expect(JSON.parse(body) as SystemStatus).toEqual(view.status());
  });

  test("/api/events are the recent ones", async () => {
    expect(JSON.parse((await ask("/api/events?since=yesterday")).body)).toMatchObject([{ text: "before" }]);
  });
});

describe("the page's files", () => {
  test.each([
    ["/", "text/html; charset=utf-8"],
    ["/page.js", "text/javascript; charset=utf-8"],
    ["/page.css", "text/css; charset=utf-8"],
    ["/icon.svg", "image/svg+xml"],
  ])("%s, and not again while it is the same", async (path, type) => {
    const first = await ask(path);
    expect([first.status, first.headers["content-type"], Number(first.headers["content-length"])]).toEqual([
      200,
      type,
      Buffer.byteLength(first.body),
    ]);
    const etag = first.headers.etag as string;
    expect(await ask(path, { headers: { "If-None-Match": etag } })).toMatchObject({ status: 304, body: "" });
    expect((await ask(path, { headers: { "If-None-Match": '"another"' } })).status).toBe(200);
  });
});

describe("HTTP", () => {
  test.each(["/", "/page.js", "/api/status", "/api/live"])("HEAD %s is GET without its body", async (path) => {
    const head = await ask(path, { method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(view.listeners).toBe(0);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])(
    "%s is refused, with what is allowed",
    async (method) => {
      const answer = await ask("/api/status", { method, headers: { "Content-Length": "0" } });
      expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
      expect(JSON.parse(answer.body)).toMatchObject({ code: "E_PAGE_METHOD", detail: method });
    },
  );

  test("what is not there is 404, with what is", async () => {
    const { status, body } = await ask("/api/nothing");
    expect([status, Object.keys(JSON.parse(body)).sort()]).toEqual([404, ERROR_PARTS]);
  });

  test("every answer forbids what the page does not need", async () => {
    for (const path of ["/", "/api/status", "/api/live", "/nothing"]) {
      const { headers } = await ask(path, { method: "HEAD" });
      expect(headers).toMatchObject({
        "content-security-policy": expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        server: "steppps/0.1.0",
      });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("other sites", () => {
  test("cannot read it under a name of theirs (DNS rebinding)", async () => {
    for (const path of ["/", "/api/status", "/api/live"]) {
      const { status, body } = await ask(path, { headers: { Host: "evil.example" } });
      expect([status, JSON.parse(body).code]).toEqual([403, "E_PAGE_HOST"]);
    }
  });

  test("cannot have a browser ask in their name", async () => {
    const { port } = new URL(page.url);
    for (const headers of [{ Origin: "http://evil.example" }, { Origin: "null" }, { "Sec-Fetch-Site": "cross-site" }]) {
      const { status, body } = await ask("/api/live", { headers: { Host: `localhost:${port}`, ...headers } });
      expect([status, JSON.parse(body).code]).toEqual([403, "E_PAGE_ORIGIN"]);
    }
    expect((await ask("/api/status", { headers: { Origin: `http://127.0.0.1:${port}` } })).status).toBe(200);
  });

  test("get no WebSocket either: there is none", async () => {
    const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" };
    expect((await ask("/api/nothing", { headers })).status).toBe(404);
  });
});

describe("bad input", () => {
  test.each([
    "/../../../etc/passwd",
    "/..%2f..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/page.js/../../load.ts",
    "/page.js%00",
    "//evil.example/page.js",
    "/PAGE.JS",
    "/api/status/",
    "/%E0%A4%A",
    "/\\page.js",
    "http://evil.example/page.js",
  ])("%s leads to no file", async (path) => {
    const { status, body } = await ask(path);
    expect([status, JSON.parse(body).code]).toEqual([404, "E_PAGE_NOT_FOUND"]);
  });

  test("headers beyond 8 KiB are refused", async () => {
    const { status, body } = await ask("/", { headers: { "X-Large": "x".repeat(9_000) } });
    expect([status, JSON.parse(body).code]).toEqual([431, "E_PAGE_REQUEST"]);
  });

  test.each([
    "not http at all\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
  ])("%j is 400", async (bytes) => {
    expect(await send(bytes)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a request of HTTP/1.0 without a host is refused, as nobody knows what name it came under", async () => {
    expect(await send("GET / HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 403 .*E_PAGE_HOST/s);
  });

  test("a body that nobody asked for ends the connection", async () => {
    const bytes = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcGET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    expect((await send(bytes)).match(/^HTTP\/1\.1 \d+/gm)).toEqual(["HTTP/1.1 405"]);
  });

  test("any path is answered, with a file of the page or with JSON", async () => {
    const part = fc.oneof(
      fc.constantFrom("..", ".", "", "api", "status", "page.js", "%2e%2e", "%00", "%", "\\", "etc", "passwd", "?", "#", ";", ":"),
      fc.webSegment(),
    );
    const path = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`);
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom("GET", "HEAD", "POST", "DELETE"), async (path, method) => {
        const { status, headers, body } = await ask(path, { method, headers: { "Content-Length": "0" } });
        expect([200, 404, 405]).toContain(status);
        expect(headers["content-security-policy"]).toBeDefined();
        if (status !== 200 && method !== "HEAD") expect(Object.keys(JSON.parse(body)).sort()).toEqual(ERROR_PARTS);
      }),
      { numRuns: 300 },
    );
  });

  test("any bytes are answered or hung up on, and the page lives", async () => {
    const line = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 80 }),
      fc.constantFrom(
        "GET / HTTP/1.1",
        "Host: localhost",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "ffffffff",
        "",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        expect(await send(lines.join("\r\n"))).toMatch(/^(?:HTTP\/1\.1 \d{3} .*)?$/s);
      }),
      { numRuns: 200 },
    );
    expect((await ask("/api/status")).status).toBe(200);
  });
});

test("a view that fails is an error of its own, and the page lives", async () => {
  const broken = await startPage({
    port: 0,
    version: "0.1.0",
    view: {
      ...sampleView(),
      status: () => {
        throw new Error("no state");
      },
    },
  });
  for (const path of ["api/status", "api/live"]) {
    const response = await fetch(broken.url + path);
    expect([response.status, await response.json()]).toMatchObject([500, { code: "E_PAGE_STATUS", detail: "no state" }]);
  }
  expect((await fetch(broken.url)).status).toBe(200);
  await broken.close();
});

test("a page without its files says so, and its API works", async () => {
  const bare = await startPage({ view, port: 0, version: "0.1.0", bundle: "/nowhere/bundle.json" });
  expect(await (await fetch(bare.url)).json()).toMatchObject({ code: "E_PAGE_ASSETS" });
  expect((await fetch(`${bare.url}api/status`)).status).toBe(200);
  await bare.close();
});
