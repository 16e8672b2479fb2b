import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StepppsError } from "../../../runtime/contract/index.ts";
import { type Page, startPage } from "../../../runtime/pixel/index.ts";
import { linuxFiles, VirtualClock } from "../../../runtime/platform/index.ts";
import { openIdentity } from "../../../runtime/trust/identity/index.ts";
import { hashPassword } from "../../../runtime/trust/index.ts";
import { sampleActions } from "../../support/sample-actions.ts";
import { sampleView } from "../../support/sample-view.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const PASSWORD = "correct horse battery";
const folder = tempFolder("steppps-door");
const clock = new VirtualClock();
const refusals: [string, StepppsError][] = [];
const actions = sampleActions();
let page: Page;

beforeAll(async () => {
  page = await startPage({
    view: { ...sampleView(), pairing: () => ({ code: "1234-5678", until: 7 }) },
    port: 0,
    version: "0.1.0",
    clock,
    actions,
    metrics: async () => "steppps_info 1\n",
    lan: {
      port: 0,
      device: "kitchen",
      ...(await openIdentity({ files: linuxFiles(), dir: folder.path }, "kitchen")),
      passwordHash: await hashPassword(PASSWORD),
      refused: (address, error) => refusals.push([address, error]),
    },
  });
});
afterAll(async () => {
  await page.close();
  folder[Symbol.dispose]();
});

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

const port = () => Number(new URL(page.lanUrl ?? "").port);
const ACTION = { "X-Steppps-Action": "1", "Content-Type": "application/json" };

async function ask(path: string, { method = "GET", headers = {}, body }: Asked = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { host: "127.0.0.1", port: port(), path, method, rejectUnauthorized: false };
    request({ ...options, headers: { Host: `kitchen.local:${port()}`, ...headers } }, resolve)
      .on("error", reject)
      .end(body);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}
const post = (path: string, value: unknown, headers: Record<string, string> = {}) =>
  ask(path, { method: "POST", headers: { ...ACTION, ...headers }, body: JSON.stringify(value) });
const code = ({ status, body }: { status: number; body: string }) => [status, JSON.parse(body).code];

async function login(): Promise<string> {
  const { headers } = await post("/api/login", { password: PASSWORD });
  const [cookie = ""] = headers["set-cookie"] ?? [];
  return cookie.split(";", 1)[0] ?? "";
}

describe("without a login", () => {
  test("there is the page itself, and nothing of the device", async () => {
    for (const path of ["/", "/page.js", "/page.css", "/icon.svg"]) expect((await ask(path)).status).toBe(200);
    expect(JSON.parse((await ask("/api/session")).body)).toEqual({ login: true, in: false, acts: true });
    for (const path of ["/api/status", "/api/events", "/api/live", "/api/deploys", "/api/logs?plugin=x", "/metrics"]) {
      const answer = await ask(path);
      expect([path, ...code(answer)]).toEqual([path, 401, "E_PAGE_LOGIN"]);
      expect(answer.body).not.toContain("workshop");
    }
  });

  test("nothing can be done, and no package is received", async () => {
    for (const path of ["deploy", "approve", "refuse", "rollback", "remove", "dead-letter/replay", "dead-letter/drop", "logout"])
      expect([path, ...code(await post(`/api/${path}`, { plugin: "x" }))]).toEqual([path, 401, "E_PAGE_LOGIN"]);
    expect(actions.asked).toEqual([]);
  });

  test("a made-up cookie opens nothing", async () => {
    for (const Cookie of ["__Host-steppps=", `__Host-steppps=${"A".repeat(43)}`, "steppps=1; __Host-steppps=x=y"])
      expect(code(await ask("/api/status", { headers: { Cookie } }))).toEqual([401, "E_PAGE_LOGIN"]);
  });
});

describe("a login", () => {
  test("gives a cookie that scripts, other sites and plain HTTP never see, and that opens everything", async () => {
    const { status, headers } = await post("/api/login", { password: PASSWORD });
    expect([status, headers["set-cookie"]]).toEqual([
      200,
      [expect.stringMatching(/^__Host-steppps=[\w-]{43}; Max-Age=604800; Path=\/; Secure; HttpOnly; SameSite=Strict$/)],
    ]);
    const Cookie = await login();
    expect((await ask("/api/status", { headers: { Cookie } })).status).toBe(200);
    expect((await post("/api/rollback", { plugin: "lamp" }, { Cookie })).status).toBe(200);
    expect(actions.asked.splice(0)).toEqual([["rollback", "lamp"]]);
  });

  test("ends with a logout, and so does what it had open", async () => {
    const Cookie = await login();
    const live = ask("/api/live", { headers: { Cookie } });
    expect((await post("/api/logout", {}, { Cookie })).status).toBe(200);
    expect((await live).status).toBe(200);
    expect(code(await ask("/api/status", { headers: { Cookie } }))).toEqual([401, "E_PAGE_LOGIN"]);
  });

  test("ends when it is not used, and after a week in any case", async () => {
    const [idle, used] = [await login(), await login()];
    for (let hours = 0; hours < 168; hours += 8) {
      expect((await ask("/api/status", { headers: { Cookie: used } })).status).toBe(200);
      clock.advance(8 * 3_600_000);
    }
    for (const Cookie of [idle, used]) expect((await ask("/api/status", { headers: { Cookie } })).status).toBe(401);
  });

  test("as many sessions as there may be: the oldest makes room", async () => {
    const first = await login();
    for (let i = 0; i < 64; i++) await login();
    expect((await ask("/api/status", { headers: { Cookie: first } })).status).toBe(401);
  });
});

describe("wrong passwords", () => {
  test("are refused with a code, then have to wait longer and longer; so does the right one; each second one event", async () => {
    refusals.length = 0;
    for (let i = 0; i < 5; i++)
      expect(code(await post("/api/login", { password: `wrong ${i}` }))).toEqual([403, "E_PAGE_PASSWORD"]);
    const wait = await post("/api/login", { password: PASSWORD });
    expect([...code(wait), wait.headers["retry-after"]]).toEqual([429, "E_PAGE_WAIT", "1"]);
    clock.advance(1_000);
    expect(code(await post("/api/login", { password: "wrong" }))).toEqual([403, "E_PAGE_PASSWORD"]);
    clock.advance(1_000);
    expect(code(await post("/api/login", { password: PASSWORD }))).toEqual([429, "E_PAGE_WAIT"]);
    clock.advance(1_000);
    expect((await post("/api/login", { password: PASSWORD })).status).toBe(200);
    expect(refusals.length).toBeLessThanOrEqual(4);
    expect(JSON.stringify(refusals)).not.toContain("wrong 0");
  });

  test("a storm of them leaves the page answering, and every one is answered", async () => {
    const Cookie = await login();
    const storm = Array.from({ length: 60 }, (_, i) => post("/api/login", { password: `storm ${i}` }));
    expect((await ask("/api/status", { headers: { Cookie } })).status).toBe(200);
    const answers = await Promise.all(storm.map(async (one) => (await one.catch(() => undefined))?.status));
    expect(answers.filter((status) => status === 200)).toEqual([]);
    // Those beyond the bound on connections are closed; the others are told to wait.
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(30);
    clock.advance(600_000);
  });

  test.each([
    ["too long", JSON.stringify({ password: "x".repeat(2_000) }), 400, "E_PAGE_ACTION"],
    ["no JSON", "password=x", 400, "E_PAGE_ACTION"],
    ["another field", JSON.stringify({ password: "x", user: "root" }), 400, "E_PAGE_ACTION"],
    ["a large body", " ".repeat(20_000), 413, "E_PAGE_TOO_LARGE"],
  ])("%s", async (_, body, status, expected) => {
    expect(code(await ask("/api/login", { method: "POST", headers: ACTION, body }))).toEqual([status, expected]);
  });
});

describe("a scraper", () => {
  const basic = (password: string) => ({ Authorization: `Basic ${btoa(`prometheus:${password}`)}` });

  test("comes in to /metrics with the password, and to nothing else", async () => {
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await ask("/metrics", { headers: basic(PASSWORD) });
      expect([status, headers["content-type"], body]).toEqual([
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        "steppps_info 1\n",
      ]);
    }
    expect((await ask("/api/status", { headers: basic(PASSWORD) })).status).toBe(401);
    expect((await ask("/metrics")).headers["www-authenticate"]).toBe('Basic realm="steppps", charset="UTF-8"');
    expect(code(await ask("/metrics", { headers: basic("wrong") }))).toEqual([403, "E_PAGE_PASSWORD"]);
  });
});

describe("other sites", () => {
  test("cannot act in the name of who is logged in", async () => {
    const Cookie = await login();
    const own = `https://kitchen.local:${port()}`;
    const forged: Record<string, string>[] = [
      { "X-Steppps-Action": "" },
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: own.replace("https", "http") },
      { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" },
      { "Sec-Fetch-Site": "same-site" },
    ];
    for (const headers of forged)
      expect([headers, ...code(await post("/api/remove", { plugin: "lamp" }, { Cookie, ...headers }))]).toEqual([
        headers,
        403,
        "E_PAGE_ORIGIN",
      ]);
    expect(actions.asked).toEqual([]);
    const same = { Cookie, Origin: own, "Sec-Fetch-Site": "same-origin" };
    expect((await post("/api/remove", { plugin: "lamp" }, same)).status).toBe(200);
    expect(actions.asked.splice(0)).toEqual([["remove", "lamp"]]);
  });

  test.each([
    ["kitchen.local", 200],
    ["KITCHEN.local:8443", 200],
    ["kitchen", 200],
    ["192.168.1.20:8443", 200],
    ["[fe80::1]:8443", 200],
    ["evil.example", 403],
    ["kitchen.local.evil.example", 403],
    ["192.168.1.20.evil.example:8443", 403],
  ])("under the name %s it answers %i", async (Host, status) => {
    expect((await ask("/", { headers: { Host } })).status).toBe(status);
  });
});

describe("the way there", () => {
  const handshake = (options: object) =>
    new Promise<string>((resolve) => {
      const socket = connectTls({ host: "127.0.0.1", port: port(), rejectUnauthorized: false, ...options });
      socket.once("secureConnect", () => {
        resolve(`${socket.getProtocol()}`);
        socket.destroy();
      });
      socket.once("error", () => resolve("refused"));
    });

  test("is TLS 1.3, also with a post-quantum group, and nothing older", async () => {
    expect(await handshake({})).toBe("TLSv1.3");
    expect(await handshake({ ecdhCurve: "X25519MLKEM768" })).toBe("TLSv1.3");
    expect(await handshake({ maxVersion: "TLSv1.2" })).toBe("refused");
  });

  test("on loopback stays as it was: no login", async () => {
    const answer = await fetch(new URL("/api/session", page.url));
    // The code that claims the device is for whoever is at it.
    expect(await answer.json()).toEqual({ login: false, in: true, acts: true, pairing: { code: "1234-5678", until: 7 } });
    expect((await fetch(new URL("/metrics", page.url))).status).toBe(200);
    // A page elsewhere that a browser shows cannot have it act there either.
    const forged = await fetch(new URL("/api/remove", page.url), { method: "POST", body: '{"plugin":"lamp"}' });
    expect([forged.status, actions.asked]).toEqual([403, []]);
  });
});
