import type { Server, ServerOptions } from "node:http";
import type { Socket } from "node:net";
import { StepppsError, type View } from "../../contract/index.ts";
import { systemClock } from "../../platform/index.ts";
import { loadAssets } from "../assets/load.ts";
import { createBroadcast } from "./broadcast.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { LIMITS } from "./limits.ts";
import { listen } from "./listen.ts";
import { JSON_TYPE } from "./reply.ts";
import { answer } from "./routes.ts";

export interface PageOptions {
  readonly view: View;
  /** 0 for any; a taken one is left for the next free one: the answer's `url` tells. */
  readonly port: number;
  /** The supervisor's; sent as `Server: steppps/<version>` [RFC 9110 10.2.4]. */
  readonly version: string;
  /** The page's files, bundled ahead (`bundlePage`). Without it they are bundled from this checkout's sources when those changed. */
  readonly bundle?: string;
}

export interface Page {
  /** `http://127.0.0.1:8080/` */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page and its API on loopback. Resolves when it listens; throws E_PAGE_LISTEN. */
export async function startPage({ view, port, version, bundle }: PageOptions): Promise<Page> {
  // Not imported at the top: a start-up snapshot cannot hold node:http.
  const { createServer } = process.getBuiltinModule("node:http");
  const broadcast = createBroadcast(view, systemClock());
  const assets = loadAssets(bundle);
  // Each request that needs them is answered with the failure; until there is one nobody else waits for it.
  assets.catch(() => {});
  const server = createServer(SERVER_OPTIONS, (req, res) => {
    res.setHeader("Server", `steppps/${version}`);
    void answer({ view, assets, broadcast }, req, res);
  });
  server.maxConnections = LIMITS.sockets;
  server.timeout = LIMITS.silenceMillis;
  server.on("clientError", refuse);
  const got = await listen(server, port);
  return {
    url: `http://127.0.0.1:${got}/`,
    close: async () => {
      broadcast.close();
      await close(server);
    },
  };
}

const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: LIMITS.headersMillis,
  requestTimeout: LIMITS.requestMillis,
  keepAliveTimeout: LIMITS.keepAliveMillis,
  connectionsCheckingInterval: LIMITS.checkMillis,
};

const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers what could not be read as HTTP, before there is a response to write it with. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const body = JSON.stringify(new StepppsError("E_PAGE_REQUEST", error.code ?? ""));
  const headers = {
    ...SECURITY_HEADERS,
    "Content-Type": JSON_TYPE,
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  };
  const lines = [
    `HTTP/1.1 ${STATUS_LINES[error.code ?? ""] ?? "400 Bad Request"}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
