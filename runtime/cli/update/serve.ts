import { randomBytes } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { StepppsError } from "../../contract/errors/index.ts";

export interface Served {
  readonly url: string;
  close(): void;
}

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883, "ws:": 80, "wss:": 443 };

/** Gives one file out, by ranges, under an address that nobody guesses. `host`: this machine as the device reaches it. */
export async function serveBundle(path: string, host: string): Promise<Served> {
  const { size } = statSync(path);
  const name = `/${randomBytes(16).toString("hex")}.bundle`;
  const etag = `"${randomBytes(8).toString("hex")}"`;
  const server = createServer((request, response) => {
    if (request.url !== name || request.method !== "GET") return void response.writeHead(404).end();
    const [, from = "0", to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? "") ?? [];
    const start = Number(from);
    const end = Math.min(to ? Number(to) : size - 1, size - 1);
    if (start > end) return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    const whole = request.headers.range === undefined;
    response.writeHead(whole ? 200 : 206, {
      etag,
      "accept-ranges": "bytes",
      "content-type": "application/octet-stream",
      "content-length": end - start + 1,
      ...(!whole && { "content-range": `bytes ${start}-${end}/${size}` }),
    });
    createReadStream(path, { start, end })
      .on("error", () => response.destroy())
      .pipe(response);
    return undefined;
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}${name}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The address of this machine from which it reaches the broker: that is the way back, too. Throws E_CLI_UNREACHABLE. */
export function ownAddress(broker: string, timeout: number): Promise<string> {
  const { protocol, hostname, port } = new URL(broker);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new StepppsError("E_CLI_UNREACHABLE", `${broker}: ${cause.message}`, { cause }));
    const socket = connect({ host, port: Number(port || PORTS[protocol]), timeout }, () => {
      resolve((socket.localAddress ?? host).replace(/^::ffff:/, ""));
      socket.destroy();
    });
    socket.once("error", fail);
    socket.once("timeout", () => {
      fail(new Error("no answer"));
      socket.destroy();
    });
  });
}
