import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { Framer } from "../../../runtime/mqtt/wire/framer.ts";

/** Where a link breaks. */
export interface Break {
  readonly from: "broker" | "device";
  /** The packet's type, and which of them: 1 for the first that passes after this was said. */
  readonly type: number;
  readonly count: number;
  /** Whether that packet still arrives. */
  readonly arrives: boolean;
}

export interface BreakingLink {
  readonly port: number;
  /** Breaks once, and stays broken until `mend`; resolves then. */
  breakAt(where: Break): Promise<void>;
  mend(): void;
}

/** Between a device and a broker: the connection breaks at a packet. */
export async function breakingLink(to: number): Promise<BreakingLink> {
  const open = new Set<Socket>();
  let broken = false;
  let armed: { where: Break; left: number; happened: () => void } | undefined;
  const server = createServer((device) => {
    if (broken) return void device.resetAndDestroy();
    const broker = connect(to, "127.0.0.1");
    pass(device, broker, "device");
    pass(broker, device, "broker");
  });

  function pass(source: Socket, target: Socket, from: Break["from"]): void {
    const framer = new Framer(() => Number.MAX_SAFE_INTEGER);
    open.add(source);
    source.setNoDelay(true);
    source.on("error", () => {});
    source.on("close", () => {
      open.delete(source);
      target.destroy();
    });
    source.on("data", (chunk) => {
      framer.push(chunk);
      while (!source.destroyed && framer.next()) {
        const packet = framer.buffer.subarray(framer.start, framer.end);
        const hit = armed?.where.from === from && armed.where.type === framer.type && --armed.left === 0 ? armed : undefined;
        if (!hit || hit.where.arrives) target.write(Buffer.from(packet));
        if (!hit) continue;
        armed = undefined;
        broken = true;
        // What was written before still arrives
        target.end();
        source.destroy();
        target.once("close", hit.happened);
      }
    });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    breakAt: (where) => new Promise((happened) => (armed = { where, left: where.count, happened })),
    mend() {
      broken = false;
    },
  };
}
