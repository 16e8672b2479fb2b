import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { controlTopic, PIECE_FORM, StepppsError, TRANSFER_BOUNDS } from "../../../runtime/contract/index.ts";
import { artefactId } from "../../../runtime/transfer/index.ts";
import { decodeWant, makeOffer } from "../../../runtime/transfer/offer.ts";
import { encodePiece } from "../../../runtime/transfer/piece.ts";
import { client, until } from "../mqtt/support.ts";
import { DEVICE, proxy, send, startDevice, storeVersion } from "./support.ts";

/** Bytes that neither repeat nor compress. */
function noise(length: number, seed = "noise"): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash("sha256").update(`${seed}/${i}`).digest());
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

function changed(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

test("an artefact arrives as it was sent, and nothing of it stays behind", async () => {
  const device = await startDevice();
  const bytes = noise(20_000);
  const sent = await send(device.port, bytes);
  expect(device.taken.map(({ id, type }) => ({ id, type }))).toEqual([{ id: artefactId(bytes), type: "plugin" }]);
  expect(device.taken[0]?.bytes).toEqual(bytes);
  expect(sent).toMatchObject({ connections: 1, sentTwice: 0 });
  await device.transfers.close();
  expect(await device.journal.read("transfer.all")).toEqual([]);
  expect(await device.staged()).toBe(0);
});

test("a large one: larger chunks, pieces in order of need", async () => {
  const device = await startDevice();
  const bytes = noise(3_000_000);
  const shown: number[] = [];
  const sent = await send(device.port, bytes, { progress: (done, total) => shown.push(done / total) });
  expect(device.taken[0]?.bytes).toEqual(bytes);
  expect(sent.chunks).toBeLessThan(1500);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  expect(shown.at(-1)).toBe(1);
});

test("bytes on the wire: the envelope and 4 KB; and a tenth of it for a version that changed in one place", async () => {
  const device = await startDevice();
  const first = noise(24_000);
  const whole = await proxy(device.port);
  await send(whole.port, first);
  expect(whole.bytes()).toBeLessThanOrEqual(first.length + 4096);

  await storeVersion(device.journal, first);
  const second = changed(first, 12_000, 1, 2, 3, 4, 5, 6, 7, 8);
  const part = await proxy(device.port);
  const sent = await send(part.port, second);
  expect(device.taken.at(-1)?.bytes).toEqual(second);
  expect(sent.sentChunks).toBeLessThanOrEqual(3);
  expect(part.bytes()).toBeLessThan(whole.bytes() * 0.4);
});

test("what was sent before is the dictionary for what comes, where the device has it too", async () => {
  const device = await startDevice();
  const first = noise(24_000);
  await storeVersion(device.journal, first);
  // Every byte moves and every hundredth changes: no chunk is the same.
  const second = new Uint8Array(24_240);
  for (let i = 0, at = 0; i < first.length; i++) {
    if (i % 100 === 0) second[at++] = i % 251;
    second[at++] = first[i] as number;
  }
  const counted = await proxy(device.port);
  const sent = await send(counted.port, second, { bases: [{ id: artefactId(first), bytes: () => first }] });
  expect(device.taken.at(-1)?.bytes).toEqual(second);
  expect(sent.sentChunks).toBe(sent.chunks);
  expect(counted.bytes()).toBeLessThan(first.length * 0.4);
});

test("an artefact that is here already is not sent at all", async () => {
  const device = await startDevice();
  const bytes = noise(30_000);
  await storeVersion(device.journal, bytes);
  const sent = await send(device.port, bytes);
  expect(sent.sentChunks).toBe(0);
  expect(device.taken[0]?.bytes).toEqual(bytes);
});

test("a link that is cut again and again: it goes on where it was", async () => {
  const device = await startDevice();
  const bytes = noise(300_000);
  let next = 40_000;
  const shaky = await proxy(device.port, (passed, cut) => {
    if (passed < next) return;
    next += 40_000;
    cut();
  });
  const sent = await send(shaky.port, bytes);
  expect(device.taken[0]?.bytes).toEqual(bytes);
  expect(sent.connections).toBeGreaterThan(3);
  // What was under way when it was cut is sent again, and nothing else.
  expect(shaky.bytes()).toBeLessThan(bytes.length * 3);
  expect(sent.sentChunks).toBe(sent.chunks);
});

test("a sender that starts anew sends what is missing", async () => {
  const device = await startDevice();
  const bytes = noise(200_000);
  const { chunks, encoded } = makeOffer({ type: "plugin", bytes, options: {} });
  const one = await client(device.port);
  const id = artefactId(bytes);
  await one.publishAsync(controlTopic.offer(DEVICE, id), Buffer.from(encoded), { qos: 1 });
  const half = chunks.slice(0, 50).map((data, index) => ({ index, data }));
  await one.publishAsync(controlTopic.chunk(DEVICE, id), Buffer.from(encodePiece(half, undefined)), { qos: 1 });
  expect(await device.staged()).toBe(50);
  const sent = await send(device.port, bytes);
  expect(sent.sentChunks).toBe(chunks.length - 50);
  expect(device.taken[0]?.bytes).toEqual(bytes);
});

test("two deployers at once, of one artefact and of others", async () => {
  const device = await startDevice();
  const [a, b, c] = [noise(100_000, "a"), noise(100_000, "b"), noise(50_000, "c")];
  await Promise.all([send(device.port, a), send(device.port, a), send(device.port, b), send(device.port, c)]);
  const ids = new Set(device.taken.map(({ id }) => id));
  expect(ids).toEqual(new Set([a, b, c].map(artefactId)));
  for (const { id, bytes } of device.taken) expect(artefactId(bytes)).toBe(id);
});

test("what an artefact is not taken for is told to its sender, who may try again", async () => {
  let full = true;
  const device = await startDevice({
    take: async () => {
      if (full) throw new StepppsError("E_STORE_FULL");
      throw new StepppsError("E_TRANSFER_TYPE", "model");
    },
  });
  const bytes = noise(50_000);
  await expect(send(device.port, bytes)).rejects.toMatchObject({ code: "E_STORE_FULL" });
  expect(await device.staged()).toBeGreaterThan(10);
  full = false;
  await expect(send(device.port, bytes)).rejects.toMatchObject({ code: "E_TRANSFER_TYPE" });
});

describe("hostile senders", () => {
  const bytes = noise(20_000);
  const id = artefactId(bytes);

  /** What the device answers to what is published; "" when it says nothing. */
  async function answers(messages: readonly { topic: string; payload: Uint8Array; retain?: boolean }[]) {
    const device = await startDevice({ limits: { bytes: 1_000_000 } });
    const mqtt = await client(device.port);
    const codes: string[] = [];
    mqtt.on("message", (_, payload) => codes.push(decodeWant(payload, 100_000).error?.code ?? ""));
    await mqtt.subscribeAsync(controlTopic.want(DEVICE, "+"), { qos: 1 });
    for (const { topic, payload, retain = false } of messages) {
      await mqtt.publishAsync(topic, Buffer.from(payload), { qos: 1, retain });
    }
    await device.transfers.close();
    return { device, codes, mqtt };
  }

  const offer = (of: Uint8Array, as = artefactId(of)) => ({
    topic: controlTopic.offer(DEVICE, as),
    payload: makeOffer({ type: "plugin", bytes: of, options: {} }).encoded,
  });
  const piece = (payload: Uint8Array, of = id) => ({ topic: controlTopic.chunk(DEVICE, of), payload });
  const [first] = makeOffer({ type: "plugin", bytes, options: {} }).chunks as [Uint8Array];
  const good = encodePiece([{ index: 0, data: first }], undefined);

  test.each([
    ["an offer of nothing", [{ topic: controlTopic.offer(DEVICE, id), payload: new Uint8Array(0) }], ["E_TRANSFER_OFFER"]],
    ["an offer of garbage", [{ topic: controlTopic.offer(DEVICE, id), payload: noise(3000) }], ["E_TRANSFER_OFFER"]],
    ["an offer that is too long", [{ topic: controlTopic.offer(DEVICE, id), payload: noise(70_000) }], ["E_TRANSFER_OFFER"]],
    ["an artefact that is too large", [offer(noise(1_000_001))], ["E_TRANSFER_SIZE"]],
    ["a piece of nothing that was offered", [piece(good)], ["E_TRANSFER_UNKNOWN"]],
    ["an empty piece", [offer(bytes), piece(new Uint8Array(0))], ["", "E_TRANSFER_CHUNK"]],
    [
      "a piece of another artefact",
      [offer(bytes), piece(encodePiece([{ index: 1, data: first }], undefined))],
      ["", "E_TRANSFER_CHUNK"],
    ],
    [
      "a chunk that is not there",
      [offer(bytes), piece(encodePiece([{ index: 999, data: first }], undefined))],
      ["", "E_TRANSFER_CHUNK"],
    ],
    ["a changed byte", [offer(bytes), piece(changed(good, 5, 255, 255))], ["", "E_TRANSFER_CHUNK"]],
    [
      "a base that is not here",
      [offer(bytes), piece(Uint8Array.of(PIECE_FORM.delta, ...noise(8), 1, 0, 0, 1, 2, 3))],
      ["", "E_TRANSFER_CHUNK"],
    ],
    ["a form that is none", [offer(bytes), piece(changed(good, 0, 9))], ["", "E_TRANSFER_CHUNK"]],
    ["a decompression bomb", [offer(bytes), piece(bomb())], ["", "E_TRANSFER_CHUNK"]],
    ["topics that name no artefact", [{ topic: controlTopic.offer(DEVICE, "XYZ"), payload: noise(10) }, piece(good, "abc")], []],
  ])("%s", async (_, messages, expected) => {
    const { device, codes } = await answers(messages);
    await until(() => codes.length >= expected.length);
    expect(codes).toEqual(expected);
    expect(await device.staged()).toBe(0);
    expect(device.taken).toEqual([]);
  });

  function bomb(): Uint8Array {
    const packed = encodePiece([{ index: 0, data: new Uint8Array(60_000_000) }], undefined);
    expect(packed.length).toBeLessThan(10_000);
    return packed;
  }

  test("an artefact under a name that is not its own is thrown away", async () => {
    const device = await startDevice();
    const mqtt = await client(device.port);
    const wrong = artefactId(noise(5));
    const cut = makeOffer({ type: "plugin", bytes, options: {} });
    await mqtt.publishAsync(controlTopic.offer(DEVICE, wrong), Buffer.from(cut.encoded), { qos: 1 });
    const all = cut.chunks.map((data, index) => ({ index, data }));
    await mqtt.publishAsync(controlTopic.chunk(DEVICE, wrong), Buffer.from(encodePiece(all, undefined)), { qos: 1 });
    await until(() => device.reports.length > 0);
    expect(device.reports.map(({ code }) => code)).toEqual(["E_TRANSFER_HASH"]);
    expect(device.taken).toEqual([]);
    expect(await device.journal.read("transfer.all")).toEqual([]);
  });

  test("offers alone write nothing; unfinished ones are bounded, and the one that was idle longest goes", async () => {
    const device = await startDevice({ limits: { open: 3, idle: 1000 } });
    const mqtt = await client(device.port);
    for (let i = 0; i < 20; i++) {
      const { topic, payload } = offer(noise(20_000, `offer ${i}`));
      await mqtt.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    }
    expect(await device.journal.read("transfer.all")).toEqual([]);
    for (let i = 0; i < 6; i++) {
      const of = noise(20_000, `begun ${i}`);
      const { topic, payload } = offer(of);
      device.clock.advance(1000);
      await mqtt.publishAsync(topic, Buffer.from(payload), { qos: 1 });
      const [data] = makeOffer({ type: "plugin", bytes: of, options: {} }).chunks as [Uint8Array];
      const begun = piece(encodePiece([{ index: 0, data }], undefined), artefactId(of));
      await mqtt.publishAsync(begun.topic, Buffer.from(begun.payload), { qos: 1 });
    }
    expect((await device.journal.read("transfer.all")).length).toBe(3);
    expect(await device.staged()).toBe(3);
    device.clock.advance(8 * 86_400_000);
    const late = offer(noise(20_000, "late"));
    await mqtt.publishAsync(late.topic, Buffer.from(late.payload), { qos: 1 });
    expect(await device.journal.read("transfer.all")).toEqual([]);
  });

  test("what is under way is not pushed out, and what comes to nothing is bounded", async () => {
    const device = await startDevice({ limits: { open: 2, wasted: 10_000 } });
    const mqtt = await client(device.port);
    const begin = async (name: string) => {
      const of = noise(20_000, name);
      const { topic, payload } = offer(of);
      await mqtt.publishAsync(topic, Buffer.from(payload), { qos: 1 });
      const [data] = makeOffer({ type: "plugin", bytes: of, options: {} }).chunks as [Uint8Array];
      const begun = piece(encodePiece([{ index: 0, data }], undefined), artefactId(of));
      await mqtt.publishAsync(begun.topic, Buffer.from(begun.payload), { qos: 1 });
      return artefactId(of);
    };
    const open = async () => (await device.journal.read("transfer.all")).map(({ id }) => id).toSorted();
    const mine = [await begin("mine"), await begin("mine too")].toSorted();
    for (let i = 0; i < 5; i++) await begin(`stranger ${i}`);
    expect(await open()).toEqual(mine);
    let stored = 0;
    for (let i = 0; i < 40; i++) {
      device.clock.advance(120_000);
      const id = await begin(`stranger later ${i}`);
      if ((await open()).includes(id)) stored++;
    }
    expect(stored).toBeGreaterThan(1);
    expect(stored).toBeLessThan(20);
    device.clock.advance(86_400_000);
    const tomorrow = await begin("tomorrow");
    expect(await open()).toContain(tomorrow);
  });

  test("the bounds that a sender keeps are those that a device holds it to", () => {
    const { encoded } = makeOffer({ type: "plugin", bytes: noise(8 * 1024 * 1024), options: {} });
    expect(encoded.length).toBeLessThanOrEqual(TRANSFER_BOUNDS.offerBytes);
  });
});
