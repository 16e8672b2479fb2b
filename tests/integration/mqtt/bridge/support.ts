import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { BridgeRule } from "../../../../runtime/contract/index.ts";
import { type Bus, type BusOptions, type Delivery, openBridge, openEmbeddedBus } from "../../../../runtime/mqtt/index.ts";
import { type Journal, openJournal } from "../../../../runtime/store/index.ts";

export interface BridgeSettings {
  readonly rules: readonly BridgeRule[];
  readonly version?: 4 | 5;
  readonly journal?: Journal;
  readonly control?: boolean;
  readonly spillMessages?: number;
  readonly spillBytes?: number;
  readonly handle?: BusOptions["onMessage"];
  /** What the supervisor takes. */
  readonly wanted?: readonly string[];
}

export interface TestBridge {
  readonly bus: Bus;
  /** Of the broker here. */
  readonly port: number;
  readonly taken: Delivery[];
  readonly connections: boolean[];
  readonly reports: string[];
}

/** A broker with an uplink to 127.0.0.1:`port`, closed after the test. */
export async function startBridge(port: number, settings: BridgeSettings): Promise<TestBridge> {
  const journal = settings.journal ?? (await openJournal({ file: ":memory:" }));
  const taken: Delivery[] = [];
  const connections: boolean[] = [];
  const reports: string[] = [];
  const bus = await openBridge({
    url: `mqtt://127.0.0.1:${port}`,
    device: "edge",
    journal,
    rules: settings.rules,
    control: settings.control ?? true,
    local: (onMessage) => openEmbeddedBus({ port: 0, journal, onMessage, report: ({ code }) => reports.push(code) }),
    onMessage(message, done) {
      taken.push({ ...message, payload: Buffer.from(message.payload) });
      if (settings.handle) settings.handle(message, done);
      else journal.commit(message.ops).then(() => done(), done);
    },
    onConnection: (connected) => connections.push(connected),
    report: ({ code }) => reports.push(code),
    ...(settings.version && { version: settings.version }),
    ...(settings.spillMessages && { spillMessages: settings.spillMessages }),
    ...(settings.spillBytes && { spillBytes: settings.spillBytes }),
  });
  for (const filter of settings.wanted ?? []) await bus.subscribe(filter);
  await bus.start();
  onTestFinished(async () => {
    await bus.close();
    if (!settings.journal) await journal.close();
  });
  return { bus, port: Number(new URL(bus.url).port), taken, connections, reports };
}

export interface CuttableLink {
  readonly port: number;
  cut(): void;
  /** Nothing passes, and nobody is told. */
  pause(): void;
  resume(): void;
}

/** Between a device and a broker: connections end when `cut` is called, as a link does that is gone. */
export async function cuttableLink(to: number): Promise<CuttableLink> {
  /** With where each one's bytes go. */
  const open = new Map<Socket, Socket>();
  const server = createServer((here) => {
    const there = connect(to, "127.0.0.1");
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      open.set(one, other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const cut = () => {
    for (const socket of open.keys()) socket.resetAndDestroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  const pause = () => {
    for (const socket of open.keys()) socket.unpipe().pause();
  };
  const resume = () => {
    for (const [socket, other] of open) socket.pipe(other);
  };
  return { port: (server.address() as { port: number }).port, cut, pause, resume };
}
