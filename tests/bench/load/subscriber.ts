import { microsNow, openClient, readNumber, readTime, subscribePacket } from "./wire.ts";

/** Started by run-load.ts; `options` comes as the first argument. */
export interface SubscriberOptions {
  readonly port: number;
  readonly filter: string;
  readonly qos: 0 | 1;
}

const options = JSON.parse(process.argv[2] as string) as SubscriberOptions;
const SAMPLES = 1 << 22;
const REPORT_EVERY = 200;

const since = microsNow();
let received = 0;
let reported = 0;
let highest = 0;
let latencies = new Float64Array(SAMPLES);
let samples = 0;
/** Where the window began. */
let began = 0;
let first = 0;
let acks: number[] = [];

const socket = await openClient(
  options.port,
  `load-subscriber-${process.pid}`,
  (buffer, start, body, end) => {
    const header = buffer[start] as number;
    if (header >> 4 === 9) process.send?.({ ready: true });
    if (header >> 4 !== 3) return;
    const qos = (header >> 1) & 3;
    let at = body + 2 + buffer.readUInt16BE(body);
    if (qos > 0) {
      acks.push(0x40, 2, buffer[at] as number, buffer[at + 1] as number);
      at += 2;
    }
    // What an earlier load left on its way is not ours
    if (end - at < 40 || readTime(buffer, at) < since) return;
    received++;
    const number = readNumber(buffer, at) + 1;
    if (number > highest) highest = number;
    if (samples < SAMPLES) latencies[samples++] = microsNow() - readTime(buffer, at);
  },
  () => {
    if (acks.length > 0) socket.write(Buffer.from(acks));
    acks = [];
    if (highest - reported >= REPORT_EVERY) {
      reported = highest;
      process.send?.({ seen: highest });
    }
  },
);

process.on("message", (message: { mark?: boolean; finish?: boolean }) => {
  if (message.mark) {
    received = samples = 0;
    latencies = new Float64Array(SAMPLES);
    began = performance.now();
    first = highest;
  }
  if (message.finish) {
    const seconds = (performance.now() - began) / 1000;
    const sorted = latencies.subarray(0, samples).sort();
    const at = (share: number) => (sorted[Math.min(samples - 1, Math.floor(samples * share))] ?? 0) / 1000;
    process.send?.({ result: { received, spanned: highest - first, seconds, p50: at(0.5), p99: at(0.99), max: at(1) } });
  }
});

// What is seen is said even when little comes, so that a publisher with a small window never waits for it
setInterval(() => {
  if (highest !== reported) {
    reported = highest;
    process.send?.({ seen: highest });
  }
}, 1);
process.on("disconnect", () => process.exit(0));
socket.on("close", () => process.exit(1));
socket.write(subscribePacket(options.filter, options.qos));
