import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { openLink } from "../../../runtime/cli/device/link.ts";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import { controlTopic, type StepppsError, utf8 } from "../../../runtime/contract/index.ts";
import { type Bus, openEmbeddedBus } from "../../../runtime/mqtt/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import {
  type Artefact,
  artefactId,
  type SendOptions,
  type Sent,
  sendArtefact,
  Transfers,
  type TransfersOptions,
} from "../../../runtime/transfer/index.ts";

export const DEVICE = "edge";

export interface TestDevice {
  readonly journal: Journal;
  readonly bus: Bus;
  readonly port: number;
  readonly transfers: Transfers;
  readonly clock: VirtualClock;
  /** Artefacts that were handed on, oldest first. */
  readonly taken: Artefact[];
  readonly reports: StepppsError[];
  /** Chunks in the journal. */
  staged(): Promise<number>;
  stop(): Promise<void>;
}

/** A broker and the device's side of transfers; what is whole is reported as done. Ends with the test. */
export async function startDevice(
  options: Partial<TransfersOptions> & { file?: string; journal?: Journal; port?: number } = {},
): Promise<TestDevice> {
  const journal = options.journal ?? (await openJournal({ file: options.file ?? ":memory:" }));
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const taken: Artefact[] = [];
  const reports: StepppsError[] = [];
  let transfers: Transfers | undefined;
  const bus = await openEmbeddedBus({
    port: options.port ?? 0,
    journal,
    limits: { packetBytes: 9 * 1024 * 1024 },
    onMessage: (message, done) => {
      if (!transfers?.take(message, done)) done();
    },
  });
  transfers = new Transfers({
    device: DEVICE,
    bus,
    journal,
    clock,
    faults: { pass() {} },
    report: (error) => reports.push(error),
    take: async (artefact) => {
      taken.push({ ...artefact, bytes: artefact.bytes.slice() });
      await reportDone(bus, artefact.id);
    },
    ...options,
  });
  await transfers.start();
  await bus.start();
  await transfers.resume();
  const live = transfers;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await live.close();
      await bus.close();
      if (!options.journal) await journal.close();
    })();
    return stopped;
  };
  onTestFinished(stop);
  return {
    journal,
    bus,
    clock,
    transfers: live,
    taken,
    reports,
    port: Number(new URL(bus.url).port),
    stop,
    async staged() {
      let count = 0;
      for (const { id } of await journal.read("transfer.all")) count += (await journal.read("transfer.have", id)).length;
      return count;
    },
  };
}

/** A plugin version in the journal, as a deploy leaves it. */
export async function storeVersion(journal: Journal, envelope: Uint8Array, version = "1.0.0", time = 1): Promise<void> {
  await journal.commit([["version.add", "probe", version, artefactId(envelope), time, envelope]]);
}

export async function reportDone(bus: Pick<Bus, "publish">, id: string): Promise<void> {
  const report: DeployReport = { id, step: "gate", outcome: "done", ok: true, time: 0, millis: 1 };
  await bus.publish({ topic: controlTopic.deployed(DEVICE), payload: utf8(JSON.stringify(report)), qos: 1, retain: false });
}

/** Sends over MQTT to a broker on this machine, until it is done. */
export function send(port: number, bytes: Uint8Array, options: Partial<SendOptions> & { type?: string } = {}): Promise<Sent> {
  const artefact = { id: artefactId(bytes), type: options.type ?? "plugin", bytes, options: {} };
  return sendArtefact(artefact, {
    device: DEVICE,
    connect: (topics, take) => openLink({ broker: `mqtt://127.0.0.1:${port}`, timeout: 5_000 }, topics, take),
    lookUp: async () => undefined,
    bases: [],
    reported: ({ outcome }) => outcome === "done",
    progress() {},
    patience: 20_000,
    ...options,
  });
}

export interface Proxy {
  readonly port: number;
  /** TCP payload in both directions. */
  bytes(): number;
  /** Ends every connection. */
  cut(): void;
}

/** A TCP proxy on this machine that counts, and calls `passing` with what has come from the client so far. */
export async function proxy(target: number, passing: (fromClient: number, cut: () => void) => void = () => {}): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let both = 0;
  let fromClient = 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server: Server = createServer({ noDelay: true }, (client) => {
    const device = dial({ port: target, host: "127.0.0.1", noDelay: true });
    for (const [from, to] of [
      [client, device],
      [device, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk: Buffer) => {
        both += chunk.length;
        if (from === client) fromClient += chunk.length;
        to.write(chunk);
        if (from === client) passing(fromClient, cut);
      });
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, bytes: () => both, cut };
}
