import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { StepppsError } from "../../contract/index.ts";
import type { Tally } from "../tally.ts";

export interface ListenOptions {
  readonly port: number;
  /** An address of this machine; "::" for all of them. */
  readonly host: string;
  readonly clients: number;
  readonly tally: Tally;
}

/** A server that listens on `port`, or on one that is free where that is taken. Rejects with E_MQTT_LISTEN. */
export async function listen({ port, host, clients, tally }: ListenOptions): Promise<Server> {
  try {
    return await open(port, host, clients);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw failed(host, port, cause);
  }
  const server = await open(0, host, clients).catch((cause) => {
    throw failed(host, 0, cause);
  });
  tally.report(new StepppsError("E_MQTT_PORT_TAKEN", `port ${port} is in use, port ${portOf(server)} is used instead`));
  return server;
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** IP address of the other side; empty where it is gone already. IPv4 in its own form. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Whether that is this machine: 127.0.0.0/8 [RFC 1122 3.2.1.3] and ::1. No router forwards either. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Without IPv6 in the kernel, all addresses are 0.0.0.0. */
const NO_IPV6 = ["EAFNOSUPPORT", "EADDRNOTAVAIL"];

async function open(port: number, host: string, clients: number): Promise<Server> {
  const server = createServer({ noDelay: true });
  server.maxConnections = clients;
  server.listen({ port, host });
  try {
    await once(server, "listening");
  } catch (error) {
    if (host !== "::" || !NO_IPV6.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return open(port, "0.0.0.0", clients);
  }
  return server;
}

function failed(host: string, port: number, cause: unknown): StepppsError {
  return new StepppsError("E_MQTT_LISTEN", `${host}:${port}: ${(cause as Error).message}`, { cause });
}
