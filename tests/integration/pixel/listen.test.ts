import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { startPage } from "../../../runtime/pixel/index.ts";
import { LIMITS } from "../../../runtime/pixel/server/limits.ts";
import { sampleView } from "../../support/sample-view.ts";

const start = (port: number) => startPage({ view: sampleView(), port, version: "0.1.0" });

test("a port that is taken is left for the next free one", async () => {
  const first = await start(0);
  const taken = Number(new URL(first.url).port);
  const second = await start(taken);
  expect(Number(new URL(second.url).port)).toBeGreaterThan(taken);
  expect((await fetch(`${second.url}api/status`)).status).toBe(200);
  await Promise.all([first.close(), second.close()]);
});

test("the last port is not followed by one that does not exist", async () => {
  const blocker = createServer().listen(65_535, "127.0.0.1");
  await once(blocker, "listening").catch(() => {});
  const page = await start(65_535);
  expect(Number(new URL(page.url).port)).toBeLessThan(65_535);
  await page.close();
  blocker.close();
});

test("it listens on loopback and nowhere else", async () => {
  const page = await start(0);
  const { hostname, port } = new URL(page.url);
  expect(hostname).toBe("127.0.0.1");
  const others = ["127.0.0.2", "::1"];
  for (const host of others) {
    const socket = connect(Number(port), host);
    const [error] = await once(socket, "error");
    expect(error.code).toMatch(/^(?:ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH|EAFNOSUPPORT)$/);
  }
  await page.close();
});

test("a hundred clients that send a byte now and then are let go, and meanwhile bounded; the page lives", async () => {
  const page = await start(0);
  const { hostname, port } = new URL(page.url);
  const closed = new Set<Socket>();
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {}).on("close", () => closed.add(socket));
    socket.write("GET /api/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    return socket;
  });
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write("x");
  });
  const until = (check: () => unknown) => vi.waitFor(() => expect(check()).toBe(true), { timeout: 60_000, interval: 100 });
  await until(() => closed.size >= sockets.length - LIMITS.sockets);
  await until(() => closed.size === sockets.length);
  clearInterval(drip);
  expect((await fetch(`${page.url}api/status`)).status).toBe(200);
  await page.close();
});
