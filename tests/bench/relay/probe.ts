import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { makePayload, openClient, subscribePacket, u16 } from "../load/wire.ts";

const WAIT_MS = 30_000;
const AGAIN_MS = 5;
const CONNECT_AGAIN_MS = 2;

/** Resolves when what is published to `bench/in` comes out of `bench/out`, changed; throws when it comes out wrong or never. */
export async function awaitRelay(port: number, qos: 0 | 1, topic = "bench/in"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const end = performance.now() + WAIT_MS;
  const socket = await connectBy(end, port, (buffer, start, body, stop) => {
    const first = buffer[start] as number;
    if (first >> 4 !== 3) return;
    const at = body + 2 + buffer.readUInt16BE(body) + ((first >> 1) & 3 ? 2 : 0);
    resolve(Buffer.from(buffer.subarray(at, stop)));
  });
  socket.once("error", reject);
  const late = setTimeout(
    () => reject(new Error(`nothing came out of bench/out in ${WAIT_MS / 1000} s`)),
    end - performance.now(),
  );
  let arrived = false;
  const forget = () => {
    arrived = true;
  };
  promise.then(forget, forget);
  socket.write(subscribePacket("bench/out", qos));
  try {
    while (!arrived) {
      // The first is to be dropped: what comes out is the second one
      for (const value of [0, 5]) socket.write(publishPacket(topic, makePayload(value)));
      await Promise.race([promise, sleep(AGAIN_MS)]);
    }
    checkRelayed(await promise);
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

/** Connects as soon as somebody listens. */
async function connectBy(end: number, port: number, onPacket: Parameters<typeof openClient>[2]): Promise<Socket> {
  for (;;) {
    try {
      return await openClient(port, `probe-${process.pid}`, onPacket);
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(CONNECT_AGAIN_MS);
    }
  }
}

function checkRelayed(payload: Buffer): void {
  const { n, t, ...rest } = JSON.parse(payload.toString("utf8"));
  const { n: _n, t: _t, ...wanted } = JSON.parse(makePayload(5).toString("utf8"));
  const same = JSON.stringify(rest) === JSON.stringify({ ...wanted, unit: "fahrenheit" });
  if (!same || !Number.isInteger(n) || !Number.isInteger(t)) throw new Error(`not what was asked for: ${payload}`);
}

function publishPacket(topic: string, payload: Buffer): Buffer {
  const name = Buffer.from(topic);
  const remaining = 2 + name.length + payload.length;
  return Buffer.concat([Buffer.from([0x30, (remaining & 0x7f) | 0x80, remaining >> 7]), u16(name.length), name, payload]);
}
