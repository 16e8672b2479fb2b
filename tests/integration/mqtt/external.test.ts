import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Delivery, openExternalBus } from "../../../runtime/mqtt/index.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { systemProgram } from "../../support/system.ts";
import { client, freePort, type Mosquitto, startBus, startMosquitto, temporaryFolder, until } from "./support.ts";

interface Options {
  readonly version?: 4 | 5;
  readonly journal?: Journal;
  readonly handle?: (message: Delivery, done: (error?: Error) => void) => void;
  readonly spillMessages?: number;
}

async function uplink(port: number, options: Options = {}) {
  const journal = options.journal ?? (await openJournal({ file: ":memory:" }));
  const taken: Delivery[] = [];
  const reports: string[] = [];
  const bus = await openExternalBus({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: "device",
    journal,
    ...(options.version && { version: options.version }),
    ...(options.spillMessages && { spillMessages: options.spillMessages }),
    onMessage(message, done) {
      taken.push({ ...message, payload: Buffer.from(message.payload) });
      if (options.handle) options.handle(message, done);
      else journal.commit(message.ops).then(() => done(), done);
    },
    report: (error) => reports.push(error.code),
  });
  await bus.start();
  onTestFinished(async () => {
    await bus.close();
    if (!options.journal) await journal.close();
  });
  return { bus, taken, reports };
}

const bytes = (text: string) => Buffer.from(text);
const texts = (messages: readonly Delivery[]) => messages.map(({ payload }) => Buffer.from(payload).toString());

describe.each([4, 5] as const)("with mosquitto over MQTT %i", (version) => {
  let broker: Mosquitto;
  const start = async (options: Options = {}) => {
    broker = await startMosquitto();
    const { bus, taken, reports } = await uplink(broker.port, { version, ...options });
    await bus.subscribe("in/#");
    await until(() => bus.connected());
    return { bus, taken, reports };
  };

  test("takes and sends at every QoS, in order", async () => {
    const { bus, taken } = await start();
    const other = await client(broker.port, { protocolVersion: version });
    await other.subscribeAsync("out/#", { qos: 2 });
    await until(() => bus.connected());
    await other.publishAsync("in/ready", "ready", { qos: 1 });
    await until(() => taken.length === 1);
    for (const qos of [0, 1, 2] as const) {
      for (let i = 0; i < 20; i++) await other.publishAsync(`in/${qos}`, `${qos}.${i}`, { qos });
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          bus.publish({ topic: `out/${qos}`, payload: bytes(`${qos}.${i}`), qos, retain: false }),
        ),
      );
    }
    await until(() => taken.length === 61 && other.got.length === 60);
    for (const qos of [0, 1, 2]) {
      const wanted = Array.from({ length: 20 }, (_, i) => `${qos}.${i}`);
      expect(texts(taken.filter(({ topic }) => topic === `in/${qos}`))).toEqual(wanted);
      expect(other.got.filter((line) => line.startsWith(`out/${qos}`))).toEqual(wanted.map((text) => `out/${qos} ${text}`));
    }
    expect(taken.filter(({ qos }) => qos === 2).every(({ ops }) => ops.length === 1)).toBe(true);
  });

  test("what is not done is sent again on the next connection, at QoS 2 once in all", async () => {
    let refuse = true;
    const journal = await openJournal({ file: ":memory:" });
    onTestFinished(() => journal.close());
    const handled: string[] = [];
    const { bus, taken } = await start({
      journal,
      handle(message, done) {
        if (refuse) return done(new Error("not now"));
        handled.push(Buffer.from(message.payload).toString());
        journal.commit(message.ops).then(() => done(), done);
      },
    });
    const other = await client(broker.port);
    await other.publishAsync("in/a", "one", { qos: 1 });
    await other.publishAsync("in/a", "two", { qos: 2 });
    await until(() => taken.length >= 2);
    refuse = false;
    await until(() => handled.length >= 2);
    expect(new Set(handled)).toEqual(new Set(["one", "two"]));
    expect(handled.filter((text) => text === "two")).toHaveLength(1);
    expect(bus.dropped().unhandled).toBeGreaterThan(0);
  });

  test("messages for a broker that is away wait in the journal and go when it is back", async () => {
    const { bus, reports } = await start();
    await broker.stop();
    await until(() => !bus.connected());
    for (let i = 0; i < 10; i++) await bus.publish({ topic: "out/0", payload: bytes(`${i}`), qos: 0, retain: true });
    for (let i = 0; i < 10; i++) await bus.publish({ topic: `out/1/${i}`, payload: bytes(`${i}`), qos: 1, retain: true });
    await broker.start();
    const other = await client(broker.port);
    await other.subscribeAsync("out/#", { qos: 1 });
    await until(() => bus.connected() && other.got.length >= 11, 20);
    await until(() => other.got.includes("out/0 9"));
    for (let i = 0; i < 10; i++) expect(other.got).toContain(`out/1/${i} ${i}`);
    expect(reports).toContain("E_MQTT_UPLINK");
    expect(bus.dropped().spillFull).toBe(0);
  });

  test("a full spill drops the oldest of the lowest priority, and counts them", async () => {
    const { bus } = await start({ spillMessages: 10 });
    await broker.stop();
    await until(() => !bus.connected());
    for (let i = 0; i < 8; i++) await bus.publish({ topic: `out/low/${i}`, payload: bytes("x"), qos: 0, retain: true });
    for (let i = 0; i < 6; i++) await bus.publish({ topic: `out/high/${i}`, payload: bytes("x"), qos: 1, retain: true });
    expect(bus.dropped().spillFull).toBe(4);
    await broker.start();
    const other = await client(broker.port);
    await other.subscribeAsync("out/#", { qos: 1 });
    await until(() => other.got.length >= 10, 20);
    expect(new Set(other.got)).toEqual(
      new Set([...[4, 5, 6, 7].map((i) => `out/low/${i} x`), ...[0, 1, 2, 3, 4, 5].map((i) => `out/high/${i} x`)]),
    );
  });

  test("a broker that restarts loses nothing of what it acknowledged, nor we of what we published", async () => {
    const { bus, taken } = await start();
    const published: Promise<void>[] = [];
    for (let i = 0; i < 300; i++) {
      published.push(bus.publish({ topic: `out/${i}`, payload: bytes(`${i}`), qos: 1, retain: true }));
      if (i === 100) {
        await broker.stop();
        await broker.start();
      }
    }
    await Promise.all(published);
    const other = await client(broker.port);
    await other.subscribeAsync("out/#", { qos: 1 });
    await until(() => new Set(other.got).size === 300, 20);
    await until(() => bus.connected());
    await other.publishAsync("in/after", "after", { qos: 1 });
    await until(() => texts(taken).includes("after"));
  });
});

test("over MQTT 5 an id travels with the message, and our own messages do not come back", async () => {
  const broker = await startMosquitto();
  const first = await uplink(broker.port, { version: 5 });
  await first.bus.subscribe("#");
  await until(() => first.bus.connected());
  const other = await client(broker.port, { protocolVersion: 5 });
  const ids: unknown[] = [];
  other.on("message", (_topic, _payload, packet) => ids.push(packet.properties?.userProperties?.id));
  await other.subscribeAsync("out", { qos: 1 });
  await other.publishAsync("in", "hello", {
    qos: 1,
    properties: { userProperties: { other: "x", id: "m-1" }, messageExpiryInterval: 60 },
  });
  await until(() => first.taken.length === 1);
  expect(first.taken[0]).toMatchObject({ id: "m-1", topic: "in" });
  await first.bus.publish({ topic: "out", payload: bytes("hi"), qos: 1, retain: false, id: "m-2" });
  await until(() => ids.length === 1);
  expect(ids).toEqual(["m-2"]);
  expect(first.taken).toHaveLength(1);
  expect(first.bus.echoes).toBe(false);
});

test("a broker that speaks only MQTT 3.1.1 is spoken to in it", async () => {
  const { port, taken } = await startBus();
  const { bus } = await uplink(port);
  await until(() => bus.connected());
  expect(bus.echoes).toBe(true);
  expect(taken).toHaveLength(0);
  await bus.publish({ topic: "a", payload: bytes("a"), qos: 1, retain: false });
});

test("a spill outlives the process that filled it", async () => {
  const broker = await startMosquitto();
  await broker.stop();
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const first = await uplink(broker.port, { journal });
  await first.bus.publish({ topic: "out/kept", payload: bytes("kept"), qos: 1, retain: true, id: "k" });
  await first.bus.close();
  await broker.start();
  await uplink(broker.port, { journal });
  const other = await client(broker.port);
  await other.subscribeAsync("out/#", { qos: 1 });
  await until(() => other.got.includes("out/kept kept"));
});

test("over TLS, with the broker's certificate checked", async () => {
  const folder = temporaryFolder();
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync(
    systemProgram("openssl"),
    ["req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key, "-out", cert, "-days", "2", ...subject],
    { stdio: "ignore" },
  );
  const tlsPort = await freePort();
  await startMosquitto([`listener ${tlsPort} 127.0.0.1`, `certfile ${cert}`, `keyfile ${key}`]);
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const open = async (tls: object) => {
    const reports: string[] = [];
    const report = (error: Error) => reports.push(error.message);
    const url = `mqtts://localhost:${tlsPort}`;
    const bus = await openExternalBus({ url, clientId: "device", journal, tls, onMessage: () => {}, report });
    onTestFinished(() => bus.close());
    await bus.start();
    return { bus, reports };
  };
  const stranger = await open({});
  await until(() => stranger.reports.length > 0);
  expect(stranger.bus.connected()).toBe(false);
  expect(stranger.reports[0]).toMatch(/certificate/);
  await stranger.bus.close();
  const { bus } = await open({ ca: readFileSync(cert) });
  await until(() => bus.connected());
  await bus.publish({ topic: "out", payload: bytes("x"), qos: 2, retain: false });
});

test("a URL that is not one is refused without showing it", async () => {
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const open = openExternalBus({ url: "http://user:secret@host", clientId: "d", journal, onMessage: () => {} });
  await expect(open).rejects.toMatchObject({ code: "E_MQTT_UPLINK" });
  await expect(open).rejects.not.toThrow(/secret/);
});
