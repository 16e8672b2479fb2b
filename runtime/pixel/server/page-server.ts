import type { RequestListener, Server, ServerOptions } from "node:http";
import type { Actions, StepppsError, View } from "../../contract/index.ts";
import { type Clock, systemClock } from "../../platform/index.ts";
import type { Assets } from "../assets/asset.ts";
import { loadAssets } from "../assets/load.ts";
import { createBroadcast } from "./broadcast.ts";
import { createLockedDoor, type Door, OPEN_DOOR } from "./door.ts";
import { LOOPBACK, lanPlace, type Place } from "./guard.ts";
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
  /** What the page's buttons do; without it the page only shows. */
  readonly actions?: Actions;
  /** The text of `/metrics`. */
  readonly metrics?: () => Promise<string>;
  /** Served beyond loopback too: over HTTPS, behind a login. */
  readonly lan?: LanOptions;
  readonly clock?: Clock;
}

export interface LanOptions {
  readonly port: number;
  /** The device's name: it is reached as `https://<device>.local`. */
  readonly device: string;
  /** PEM: the device's own. */
  readonly key: string;
  readonly certificate: string;
  /** As trust/password.ts makes it. */
  readonly passwordHash: string;
  /** Told of wrong passwords, at most once a second. */
  refused(address: string, error: StepppsError): void;
}

export interface Page {
  /** `http://127.0.0.1:8080/` */
  readonly url: string;
  /** `https://kitchen.local:8443/` */
  readonly lanUrl: string | undefined;
  close(): Promise<void>;
}

/** Serves the page and its API. Resolves when it listens; throws E_PAGE_LISTEN. */
export async function startPage(options: PageOptions): Promise<Page> {
  const { view, port, version, bundle, actions, metrics, lan, clock = systemClock() } = options;
  const broadcast = createBroadcast(view, clock);
  // Most pages are never looked at: what is sent is read, and in a checkout made, for the first who does. Each request that
  // needs it is answered with the failure.
  let loaded: Promise<Assets> | undefined;
  const assets = () => {
    loaded ??= loadAssets(bundle);
    return loaded;
  };
  const uploads = { underWay: 0 };
  const listenerOf = (door: Door, place: Place): RequestListener => {
    const sources = { view, assets, broadcast, door, place, actions, metrics, uploads };
    return (req, res) => {
      res.setHeader("Server", `steppps/${version}`);
      void answer(sources, req, res);
    };
  };
  const servers: Server[] = [];
  const open = async (server: Server, wanted: number, host?: string) => {
    servers.push(server);
    server.maxConnections = LIMITS.sockets;
    server.timeout = LIMITS.silenceMillis;
    server.on("clientError", refuse);
    return listen(server, wanted, host);
  };
  const close = async () => {
    broadcast.close();
    await Promise.all(servers.map(closeServer));
  };
  try {
    // Not imported at the top: a start-up snapshot cannot hold node:http.
    const { createServer } = process.getBuiltinModule("node:http");
    const got = await open(createServer(SERVER_OPTIONS, listenerOf(OPEN_DOOR, LOOPBACK)), port, "127.0.0.1");
    const url = `http://127.0.0.1:${got}/`;
    if (!lan) return { url, lanUrl: undefined, close };
    const { device, certificate, key } = lan;
    const https = process.getBuiltinModule("node:https");
    const door = createLockedDoor({ ...lan, clock });
    const tls = { ...SERVER_OPTIONS, ...TLS_OPTIONS, cert: certificate, key };
    const lanPort = await open(https.createServer(tls, listenerOf(door, lanPlace(device))), lan.port);
    return { url, lanUrl: `https://${device}.local:${lanPort}/`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const TLS_OPTIONS = {
  minVersion: "TLSv1.3",
  // Post-quantum first; every browser of the last years has one of the others.
  ecdhCurve: "X25519MLKEM768:X25519:prime256v1",
  handshakeTimeout: LIMITS.headersMillis,
} as const;

const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: LIMITS.headersMillis,
  requestTimeout: LIMITS.requestMillis,
  keepAliveTimeout: LIMITS.keepAliveMillis,
  connectionsCheckingInterval: LIMITS.checkMillis,
};

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
