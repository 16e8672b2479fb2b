import { openClient, readNumber, readTime, subscribePacket } from "../load/wire.ts";
import { readMark } from "./mark.ts";
import type { Heard, Takeover } from "./traffic.ts";

// Started by traffic.ts, with port and filter. Counts each number that comes out, and says when another version begins to speak.

const [port, filter] = [Number(process.argv[2]), process.argv[3] as string];
const NUMBERS = 1 << 23;
const times = new Uint8Array(NUMBERS);
const gaps: number[] = [];
let received = 0;
let twice = 0;
let mark = 0;
let newest = 0;
let back = 0;
let before = 0;
let acks: number[] = [];
const since = (performance.timeOrigin + performance.now()) * 1000;

const socket = await openClient(
  port,
  `watcher-${process.pid}`,
  (buffer, start, body, end) => {
    const header = buffer[start] as number;
    if (header >> 4 === 9) process.send?.({ ready: true });
    if (header >> 4 !== 3) return;
    const idAt = body + 2 + buffer.readUInt16BE(body);
    acks.push(0x40, 2, buffer[idAt] as number, buffer[idAt + 1] as number);
    const at = idAt + 2;
    if (end - at < 40 || readTime(buffer, at) < since) return;
    take(readNumber(buffer, at), readMark(buffer, at, end));
  },
  () => {
    if (acks.length > 0) socket.write(Buffer.from(acks));
    acks = [];
  },
);

function take(number: number, by: number): void {
  const now = performance.now();
  received++;
  if ((times[number] as number) > 0) twice++;
  times[number] = Math.min(255, (times[number] as number) + 1);
  const gapMillis = now - before;
  if (by < newest) back++;
  if (by > newest) {
    newest = by;
    process.send?.({ takeover: { mark: by, gapMillis, first: before === 0 } satisfies Takeover });
  } else if (by === mark) gaps.push(gapMillis);
  mark = by;
  before = now;
}

process.on("message", ({ finish }: { finish?: { sent: number } }) => {
  if (!finish) return;
  let lost = 0;
  for (let number = 0; number < finish.sent; number++) if (times[number] === 0) lost++;
  const sorted = Float64Array.from(gaps).sort();
  const gapP999 = sorted[Math.floor(sorted.length * 0.999)] ?? 0;
  process.send?.({ heard: { received, lost, twice, back, gapP999, gapMax: sorted.at(-1) ?? 0 } satisfies Heard });
});
process.on("message", ({ count }: { count?: true }) => {
  if (count) process.send?.({ counted: received });
});
process.on("disconnect", () => process.exit(0));
socket.on("close", () => process.exit(1));
socket.write(subscribePacket(filter, 1));
