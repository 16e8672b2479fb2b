import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { StepppsError } from "../../contract/index.ts";
import type { Tally } from "../tally.ts";

interface Options {
  readonly port: number;
  readonly host: string;
  readonly clients: number;
  readonly tally: Tally;
}

/** A server that listens on `port`, or on one that is free where that is taken. Rejects with E_MQTT_LISTEN. */
export async function listen({ port, host, clients, tally }: Options): Promise<Server> {
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

async function open(port: number, host: string, clients: number): Promise<Server> {
  const server = createServer({ noDelay: true });
  server.maxConnections = clients;
  server.listen({ port, host });
  await once(server, "listening");
  return server;
}

function failed(host: string, port: number, cause: unknown): StepppsError {
  return new StepppsError("E_MQTT_LISTEN", `${host}:${port}: ${(cause as Error).message}`, { cause });
}
