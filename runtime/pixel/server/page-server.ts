import type { Server, ServerOptions } from "node:http";
import type { View } from "../../contract/index.ts";
import { systemClock } from "../../platform/index.ts";
import { loadAssets } from "../assets/load.ts";
import { createBroadcast } from "./broadcast.ts";
import { LIMITS } from "./limits.ts";
import { listen } from "./listen.ts";
import { refuse } from "./refuse.ts";
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

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
