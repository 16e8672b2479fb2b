import { isObserved } from "./slots.ts";
import {
  makePayload,
  microsNow,
  openClient,
  publishProperties,
  u16,
  writeDigits,
  writeNumber,
  writeTime,
  writeValue,
} from "./wire.ts";

/** Started by run-load.ts; `options` comes as the first argument. */
export interface PublisherOptions {
  readonly port: number;
  readonly topic: string;
  readonly qos: 0 | 1;
  /** Messages sent and not yet seen by the subscriber (QoS 0), or not acknowledged (QoS 1), at most. */
  readonly window: number;
  /** Messages a second; as many as the window lets through where absent. */
  readonly rate?: number;
  /** Messages take turns over so many topics, `topic` with "/00000" and so on behind it; at most 100,000. */
  readonly spread?: number;
  /** MQTT 5 in place of 3.1.1; in every other slot (slots.ts) each message has a trace. */
  readonly traced?: boolean;
}

const BLOCK = 50;
const SUFFIX = "/00000";
const SAMPLES = 1 << 21;

const options = JSON.parse(process.argv[2] as string) as PublisherOptions;
const { qos, window, spread = 0 } = options;
const topic = options.topic + (spread > 0 ? SUFFIX : "");
/** When the message of each packet identifier was sent, and how long PUBACK then took, both in microseconds. */
const sentAt = new Float64Array(65_536);
let ackTimes = new Float64Array(SAMPLES);
let acks = 0;
let sent = 0;
let seen = 0;
let acknowledged = 0;
let running = false;

interface Block {
  readonly buffer: Buffer;
  /** Where each payload begins, and where each packet identifier does. */
  readonly starts: readonly number[];
  readonly idAt: readonly number[];
  /** Between the packet identifier and the payload. */
  readonly properties: number;
}

/** `count` messages in one buffer, their numbers and time to be written in. */
function makeBlock(count: number, traced: boolean): Block {
  const properties = options.traced ? publishProperties(traced) : Buffer.alloc(0);
  const parts: Buffer[] = [];
  const starts: number[] = [];
  const idAt: number[] = [];
  let length = 0;
  for (let i = 0; i < count; i++) {
    const payload = makePayload(0);
    const name = Buffer.from(topic);
    const remaining = 2 + name.length + (qos > 0 ? 2 : 0) + properties.length + payload.length;
    const head = Buffer.from([0x30 | (qos << 1), (remaining & 0x7f) | 0x80, remaining >> 7]);
    parts.push(head, u16(name.length), name);
    length += head.length + 2 + name.length;
    if (qos > 0) {
      idAt.push(length);
      parts.push(Buffer.alloc(2));
      length += 2;
    }
    parts.push(properties);
    length += properties.length;
    starts.push(length);
    parts.push(payload);
    length += payload.length;
  }
  return { buffer: Buffer.concat(parts), starts, idAt, properties: properties.length };
}

const socket = await openClient(
  options.port,
  `load-publisher-${process.pid}`,
  (buffer, start) => {
    if ((buffer[start] as number) >> 4 !== 4) return;
    acknowledged++;
    if (acks < SAMPLES) ackTimes[acks++] = microsNow() - (sentAt[buffer.readUInt16BE(start + 2)] as number);
  },
  () => pump(),
  options.traced ? 5 : 4,
);

function send(count: number): void {
  const block = makeBlockOf(count);
  const now = microsNow();
  for (let i = 0; i < count; i++) {
    const start = block.starts[i] as number;
    writeNumber(block.buffer, start, sent + i);
    writeTime(block.buffer, start, now);
    writeValue(block.buffer, start, (sent + i) % 10);
    if (spread > 0)
      writeDigits(block.buffer, start - block.properties - (qos > 0 ? 2 : 0) - 1, (sent + i) % spread, SUFFIX.length - 1);
    if (qos === 0) continue;
    const id = ((sent + i) % 65_535) + 1;
    sentAt[id] = now;
    block.buffer.writeUInt16BE(id, block.idAt[i] as number);
  }
  sent += count;
  socket.write(Buffer.from(block.buffer));
}

const blocks = new Map<string, Block>();
function makeBlockOf(count: number): Block {
  const traced = options.traced === true && isObserved();
  const key = `${count} ${traced}`;
  let block = blocks.get(key);
  if (!block) {
    block = makeBlock(count, traced);
    blocks.set(key, block);
  }
  return block;
}

function pump(): void {
  if (!running || options.rate !== undefined) return;
  while (sent + BLOCK - Math.min(seen, qos > 0 ? acknowledged : seen) <= window && socket.writableLength < 1 << 20) send(BLOCK);
}

process.on("message", (message: { seen?: number; start?: boolean; stop?: boolean; mark?: boolean; finish?: boolean }) => {
  if (message.mark) acks = 0;
  if (message.finish) {
    const sorted = ackTimes.subarray(0, acks).sort();
    process.send?.({ ackP99: (sorted[Math.floor(acks * 0.99)] ?? 0) / 1000 });
    ackTimes = new Float64Array(SAMPLES);
  }
  if (message.seen !== undefined) seen = message.seen;
  if (message.start) start();
  if (message.stop) stop();
  pump();
});

/** Sends no more, and says what it has sent once all of it is acknowledged. */
function stop(): void {
  running = false;
  const look = () => {
    if (qos > 0 && acknowledged < sent) return void setTimeout(look, 10);
    process.send?.({ stopped: { sent, acknowledged } });
  };
  look();
}

function start(): void {
  const { rate } = options;
  running = true;
  if (rate === undefined) return pump();
  const began = performance.now();
  const tick = () => {
    if (!running) return;
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    while (sent < due) send(Math.min(BLOCK, due - sent));
    setTimeout(tick, 1);
  };
  tick();
}

socket.on("drain", pump);
socket.on("close", () => process.exit(1));
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
