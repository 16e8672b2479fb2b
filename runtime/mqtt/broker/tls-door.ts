import type { KeyObject } from "node:crypto";
import type { Server, Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import { StepppsError } from "../../contract/index.ts";
import { GROUPS } from "../tls-groups.ts";
import type { Visitor } from "./doorkeeper.ts";
import { addressOf, isLoopback } from "./listen.ts";
import type { Refusals } from "./refusals.ts";

/** The broker's TLS port. */
export interface TlsListener {
  /** 0 for any that is free. */
  readonly port: number;
  /** PEM: the device's certificate, and those above it if any. */
  readonly certificate: string;
  readonly key: string | KeyObject;
  /** PEM of the authority whose certificates stand for the user in their common name. */
  readonly clientCa?: string;
}

interface Options extends TlsListener {
  /** It listens already. */
  readonly server: Server;
  /** ms for a handshake. */
  readonly timeout: number;
  readonly refusals: Refusals;
  /** Whether somebody may begin a handshake, which costs a signature. */
  readonly admit: (visitor: Visitor) => boolean;
  /** Somebody who was admitted is gone before the handshake was over. */
  readonly leave: (visitor: Visitor) => void;
  /** Somebody is through. */
  readonly come: (socket: Socket, visitor: Visitor) => void;
}

/** Speaks TLS 1.3 with whoever connects to `server`. Throws E_MQTT_TLS where certificate and key are of no use. */
export function openTlsDoor(options: Options): void {
  const { server, refusals, admit, leave, come } = options;
  const tls = tlsServer(options);
  /** Handshakes under way, by address and port of the other side: TLS is another socket above the one that came. */
  const greeting = new Map<string, Visitor>();
  server.on("connection", (socket) => {
    const address = addressOf(socket);
    const visitor: Visitor = { address, here: isLoopback(address), tls: {} };
    socket.on("error", () => {}); // the TLS socket above it says so, too
    if (!admit(visitor)) return void socket.destroy();
    const peer = peerOf(socket);
    greeting.set(peer, visitor);
    socket.once("close", () => {
      if (greeting.get(peer) === visitor && greeting.delete(peer)) leave(visitor);
    });
    tls.emit("connection", socket);
  });
  tls.on("tlsClientError", (error, socket) => {
    refusals.add(addressOf(socket), "E_MQTT_HANDSHAKE", (error as NodeJS.ErrnoException).code ?? error.message);
    socket.destroy();
  });
  tls.on("secureConnection", (socket) => {
    const peer = peerOf(socket);
    const visitor = greeting.get(peer);
    if (!visitor) return void socket.destroy();
    greeting.delete(peer);
    come(socket, { ...visitor, tls: certificateOf(socket) });
  });
}

function tlsServer({ certificate, key, clientCa, timeout }: Options): TlsServer {
  // A start-up snapshot cannot hold node:tls, so it is loaded where it is needed
  const { createServer } = process.getBuiltinModule("node:tls");
  try {
    return createServer({
      cert: certificate,
      key: typeof key === "string" ? key : (key.export({ type: "pkcs8", format: "pem" }) as string),
      minVersion: "TLSv1.3",
      ecdhCurve: GROUPS.preferred,
      handshakeTimeout: timeout,
      // A client without a certificate has a password; one with a wrong one is refused once it has said who it is
      ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
    });
  } catch (cause) {
    throw new StepppsError("E_MQTT_TLS", (cause as Error).message, { cause });
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** What a client's certificate says, if it showed one. */
function certificateOf(socket: TLSSocket): NonNullable<Visitor["tls"]> {
  const { subject } = socket.getPeerCertificate() as { readonly subject?: { readonly CN?: string | string[] } };
  if (!subject) return {};
  const name = socket.authorized && typeof subject.CN === "string" ? subject.CN : undefined;
  return { certificate: { name } };
}
