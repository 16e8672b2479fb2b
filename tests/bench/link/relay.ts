import { createServer, type Socket } from "node:net";

export interface RelayOptions {
  dial(): Socket;
  /** Held by the relay where the network below does not. */
  readonly bytesPerSecond?: number;
  readonly lossPercent?: number;
  readonly counts?: { toBroker: number; fromBroker: number };
}

export interface Relay {
  readonly port: number;
  /** Ends every connection, and takes none for so many ms. */
  cut(millis: number): void;
  close(): void;
}

/** What goes out as one packet on an Ethernet. */
const PACKET = 1448;
/** How long TCP waits before it sends a lost packet again, ms: the least that Linux takes. */
const AGAIN = 200;

/** Hands connections to a local port on to wherever `dial` leads. */
export async function relay({ dial, bytesPerSecond, lossPercent = 0, counts }: RelayOptions): Promise<Relay> {
  const sockets = new Set<Socket>();
  let closedUntil = 0;
  const server = createServer({ noDelay: true }, (client) => {
    if (performance.now() < closedUntil) return client.destroy();
    const target = dial();
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      if (bytesPerSecond === undefined) from.pipe(to);
      else slowly(from, to, bytesPerSecond, lossPercent);
      from.on("data", (chunk: Buffer) => {
        if (counts) counts[from === client ? "toBroker" : "fromBroker"] += chunk.length;
      });
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    cut(millis) {
      closedUntil = performance.now() + millis;
      for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Packet by packet at that rate; each that is lost costs the time until TCP has sent it again, twice as long each time. */
function slowly(from: Socket, to: Socket, bytesPerSecond: number, lossPercent: number): void {
  let ready = performance.now();
  from.on("data", (chunk: Buffer) => {
    from.pause();
    for (let at = 0; at < chunk.length; at += PACKET) {
      const packet = chunk.subarray(at, at + PACKET);
      let pause = 0;
      for (let wait = AGAIN; Math.random() * 100 < lossPercent; wait *= 2) pause += wait;
      ready = Math.max(ready, performance.now()) + pause + (packet.length / bytesPerSecond) * 1000;
      setTimeout(() => to.write(packet), ready - performance.now());
    }
    setTimeout(() => from.resume(), ready - performance.now());
  });
}
