import { join } from "node:path";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { describe, expect, onTestFinished, test } from "vitest";
import { controlTopic, type RpcMethod } from "../../../../runtime/contract/index.ts";
import { type Bus, openEmbeddedBus, openExternalBus, RpcServer } from "../../../../runtime/mqtt/index.ts";
import { decodeCbor, toPlain } from "../../../../runtime/platform/index.ts";
import { type Journal, openJournal } from "../../../../runtime/store/index.ts";
import { cuttableLink, startBridge } from "../bridge/support.ts";
import { type Mosquitto, startMosquitto, temporaryFolder, until } from "../support.ts";

/** Methods that wait until they are let go. */
class Methods {
  readonly #waiting: (() => void)[] = [];
  #value: unknown = "done";
  calls = 0;

  readonly status = () => {
    this.calls++;
    return new Promise((resolve) => this.#waiting.push(() => resolve(this.#value)));
  };
  /** Of those that are asked at once. */
  readonly certificate = () => "at once";

  letGo(value: unknown = "done"): void {
    this.#value = value;
    for (const go of this.#waiting.splice(0)) go();
  }
}

interface Side {
  readonly bus: Bus;
  readonly methods: Methods;
}

interface Wiring {
  readonly methods: Methods;
  take(message: Parameters<RpcServer["take"]>[0], done: () => void): void;
  start(bus: Bus): Promise<void>;
}

/** A server whose bus is not there yet. */
function wiring(journal: Journal): Wiring {
  const methods = new Methods();
  let server: RpcServer | undefined;
  return {
    methods,
    take: (message, done) => (server?.take(message, done) ? undefined : done()),
    async start(bus) {
      const verify = () => Promise.reject(new Error("nothing is signed here"));
      server = new RpcServer({ device: "edge", bus, journal, methods: { ...methods }, verify });
      await server.start();
    },
  };
}

async function memory(): Promise<Journal> {
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  return journal;
}

/** A device at a broker elsewhere. */
async function external(port: number): Promise<Side> {
  const journal = await memory();
  const { methods, start, take } = wiring(journal);
  const bus = await openExternalBus({ url: `mqtt://127.0.0.1:${port}`, clientId: "device", journal, onMessage: take });
  onTestFinished(() => bus.close());
  await start(bus);
  await bus.start();
  return { bus, methods };
}

/** A device with its own broker and an uplink. */
async function bridged(port: number): Promise<Side & { readonly port: number }> {
  const journal = await memory();
  const { methods, start, take } = wiring(journal);
  const { bus, port: here } = await startBridge(port, { rules: [], journal, handle: take });
  await start(bus);
  return { bus, methods, port: here };
}

const KEPT: IClientOptions = { clientId: "asker", clean: false };

interface Asker {
  readonly mqtt: MqttClient;
  readonly got: { readonly topic: string; readonly value: unknown }[];
  ask(method: RpcMethod, id: string): Promise<unknown>;
}

/** Asks, and gets what its session kept. */
async function asker(port: number, options: IClientOptions = KEPT): Promise<Asker> {
  const got: Asker["got"] = [];
  const mqtt = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, protocolVersion: 4, ...options });
  mqtt.on("error", () => {});
  onTestFinished(() => void mqtt.end(true));
  // What waited comes right after CONNACK
  mqtt.on("message", (topic, payload) => {
    const reply = toPlain(decodeCbor(payload)) as { ok: boolean; value?: unknown };
    got.push({ topic, value: reply.ok ? reply.value : reply });
  });
  await mqtt.subscribeAsync("steppps/edge/rpc/+/+/reply", { qos: 1 });
  return { mqtt, got, ask: (method, id) => mqtt.publishAsync(controlTopic.rpc("edge", method, id), "", { qos: 1 }) };
}

const places = [
  ["at a broker elsewhere", external],
  ["behind an uplink", bridged],
] as const;

describe.each(places)("%s", (_, open) => {
  async function askAndLeave(): Promise<Side & { readonly there: Mosquitto; readonly asked: Asker }> {
    const there = await startMosquitto();
    const side = await open(there.port);
    await until(() => side.bus.uplink?.connected ?? false);
    const asked = await asker(there.port);
    await until(async () => {
      await asked.ask("status", "1");
      return side.methods.calls > 0;
    });
    asked.mqtt.end(true);
    await there.stop();
    await until(() => !side.bus.uplink?.connected);
    return { ...side, there, asked };
  }

  test("the broker leaves before the answer: it comes when the broker is back", async () => {
    const { bus, methods, there } = await askAndLeave();
    methods.letGo();
    await until(() => (bus.uplink?.waiting ?? 0) > 0);
    await there.start();
    const back = await asker(there.port);
    await until(() => back.got.some(({ topic, value }) => topic.endsWith("status/1/reply") && value === "done"));
    await until(() => bus.uplink?.waiting === 0);
  });

  test("a large answer is not kept for it, and those after it are answered", async () => {
    const { bus, methods, there } = await askAndLeave();
    methods.letGo("x".repeat(70_000));
    await there.start();
    await until(() => bus.uplink?.connected ?? false);
    const back = await asker(there.port);
    await until(async () => {
      await back.ask("certificate", "2");
      return back.got.some(({ value }) => value === "at once");
    });
    expect(back.got.filter(({ topic }) => topic.endsWith("status/1/reply"))).toEqual([]);
    await until(() => bus.uplink?.waiting === 0);
  });
});

test("answers that the broker there does not take hold nobody up here", async () => {
  const there = await startMosquitto();
  const link = await cuttableLink(there.port);
  const { bus, methods, port } = await bridged(link.port);
  await until(() => bus.uplink?.connected ?? false);
  const far = await asker(there.port);
  // As many as are carried out at once
  for (let i = 0; methods.calls < 8; i++) {
    await far.ask("status", String(i));
    await until(() => methods.calls > Math.min(i, 7));
  }
  link.pause();
  methods.letGo();
  const near = await asker(port, { clientId: "near" });
  await near.ask("certificate", "near");
  await until(() => near.got.some(({ value }) => value === "at once"));
  expect(near.got).toHaveLength(1);
  link.resume();
  await until(() => far.got.filter(({ value }) => value === "done").length >= 8);
});

test("two who ask under the same id, here and there, each get their own answer", async () => {
  const there = await startMosquitto();
  const { bus, methods, port } = await bridged(there.port);
  await until(() => bus.uplink?.connected ?? false);
  const far = await asker(there.port);
  const near = await asker(port, { clientId: "near" });
  await until(async () => {
    await far.ask("certificate", "1");
    return far.got.length > 0;
  });
  expect(near.got).toEqual([]);
  const before = far.got.length;
  await near.ask("status", "1");
  await until(() => methods.calls === 1);
  methods.letGo();
  await until(() => near.got.length === 1);
  await far.ask("certificate", "last");
  await until(() => far.got.some(({ topic }) => topic.includes("/last/")));
  expect(far.got.slice(before).every(({ value }) => value === "at once")).toBe(true);
});

test("the device's own broker: an answer waits in the asker's session, over a restart too", async () => {
  const file = join(temporaryFolder(), "journal.db");
  const open = async () => {
    const journal = await openJournal({ file });
    const { methods, start, take } = wiring(journal);
    const bus = await openEmbeddedBus({ port: 0, journal, onMessage: take });
    await start(bus);
    await bus.start();
    const close = async () => {
      await bus.close();
      await journal.close();
    };
    return { methods, close, port: Number(new URL(bus.url).port) };
  };
  const first = await open();
  const asked = await asker(first.port);
  await asked.ask("status", "1");
  await until(() => first.methods.calls === 1);
  await asked.mqtt.endAsync();
  first.methods.letGo();
  // The answer is in the journal once the next one's is
  const other = await asker(first.port, { clientId: "other" });
  await other.ask("certificate", "2");
  await until(() => other.got.length === 1);
  await first.close();
  const second = await open();
  onTestFinished(() => second.close());
  const back = await asker(second.port);
  await until(() => back.got.some(({ topic, value }) => topic.endsWith("status/1/reply") && value === "done"));
});
