import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { controlTopic } from "../../../runtime/contract/index.ts";
import { openExternalBus } from "../../../runtime/mqtt/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { type Artefact, artefactId, Transfers } from "../../../runtime/transfer/index.ts";
import { client, startMosquitto, until } from "../mqtt/support.ts";
import { DEVICE, reportDone, send } from "./support.ts";

const BYTES = new Uint8Array(
  Buffer.concat(Array.from({ length: 5000 }, (_, i) => createHash("sha256").update(`external ${i}`).digest())),
);

/** A device that takes artefacts from a broker elsewhere. */
async function startAt(port: number, version: 4 | 5) {
  const journal = await openJournal({ file: ":memory:" });
  const taken: Artefact[] = [];
  let transfers: Transfers | undefined;
  const bus = await openExternalBus({
    url: `mqtt://127.0.0.1:${port}`,
    clientId: "device",
    journal,
    version,
    onMessage(message, done) {
      if (!transfers?.take(message, done)) done();
    },
  });
  transfers = new Transfers({
    device: DEVICE,
    bus,
    journal,
    clock: systemClock(),
    faults: { pass() {} },
    report() {},
    async take(artefact) {
      taken.push(artefact);
      await reportDone(bus, artefact.id);
    },
  });
  const live = transfers;
  await live.start();
  await bus.start();
  await until(() => bus.connected());
  onTestFinished(async () => {
    await live.close();
    await bus.close();
    await journal.close();
  });
  return { taken, journal };
}

describe.each([4, 5] as const)("through mosquitto, the device over MQTT %i", (version) => {
  test("an artefact arrives", async () => {
    const broker = await startMosquitto();
    const { taken, journal } = await startAt(broker.port, version);
    const sent = await send(broker.port, BYTES);
    expect(taken.map(({ id }) => id)).toEqual([artefactId(BYTES)]);
    expect(sent.sentTwice).toBe(0);
    await until(() => taken.length === 1);
    expect((await journal.read("transfer.all")).length).toBeLessThanOrEqual(1);
  });

  test("the broker goes away in between: it goes on where it was", async () => {
    const broker = await startMosquitto();
    const { taken } = await startAt(broker.port, version);
    let stopped: Promise<void> | undefined;
    const sent = await send(broker.port, BYTES, {
      pieceBytes: 8192,
      progress(done, total) {
        if (stopped || done < total / 2) return;
        stopped = broker.stop().then(() => broker.start());
      },
    });
    await stopped;
    expect(taken.map(({ id }) => id)).toEqual([artefactId(BYTES)]);
    expect(sent.connections).toBeGreaterThan(1);
    expect(sent.sentTwice).toBeLessThan(sent.chunks / 2);
  });
});

test("a device that is away is given up, though its broker answers", async () => {
  const broker = await startMosquitto();
  await expect(send(broker.port, BYTES, { patience: 500 })).rejects.toMatchObject({ code: "E_TRANSFER_STALLED" });
});

test("what a broker retained from long ago is no offer", async () => {
  const broker = await startMosquitto();
  const before = await client(broker.port);
  const topic = controlTopic.offer(DEVICE, artefactId(BYTES));
  await before.publishAsync(topic, "garbage", { qos: 1, retain: true });
  const wants: string[] = [];
  before.on("message", (to) => wants.push(to));
  await before.subscribeAsync(controlTopic.want(DEVICE, "+"), { qos: 1 });
  const { taken } = await startAt(broker.port, 4);
  await send(broker.port, BYTES);
  expect(taken.length).toBe(1);
  // The answer to the real offer, and none to the old one before it.
  expect(wants.length).toBe(1);
});
