// A worker that was taken over by a model: it says hello, loads anything, and answers the first run as its argument says.
import { readSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [MEMORY, DONE] = [3, 5];
const SUBMITTED_AT = 64;
const COMPLETED_AT = 128;
const COMPLETION_AT = 512;
const RUN_AT = 1024;

const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const message = (kind: number, body: Buffer) => Buffer.concat([words(body.length + 4, kind), body]);
const answer = (kind: number, body: Buffer) => writeSync(1, message(kind, body));
const place = (at: number, ...values: number[]) => writeSync(MEMORY, words(...values), 0, 4 * values.length, at);
const look = (at: number) => {
  const bytes = Buffer.alloc(4);
  readSync(MEMORY, bytes, 0, 4, at);
  return bytes.readUInt32LE();
};
/** Says that run `number` is done. */
const complete = (number: number) => {
  place(COMPLETION_AT, number);
  place(COMPLETED_AT, 1);
  writeSync(DONE, Buffer.from(BigUint64Array.of(1n).buffer));
};
/** Status, output size, copied, and what is in the output frame. */
const fill = (status: number, size: number, frame: Buffer) => {
  const run = RUN_AT + 64 * 63;
  place(run + 4, status);
  place(run + 32, size, 0, 1, 0);
  writeSync(MEMORY, frame, 0, frame.length, look(run + 24));
  complete(63);
};

const WAYS: Readonly<Record<string, () => void>> = {
  "another number": () => complete(7),
  "no number": () => complete(2 ** 32 - 1),
  "no status": () => fill(77, 0, Buffer.alloc(0)),
  "no tensors": () => fill(0, 64, Buffer.alloc(64, 0xff)),
  "more than there is": () => fill(0, 2 ** 32 - 1, Buffer.alloc(64)),
  "too small for what fits": () => fill(3, 8, Buffer.alloc(0)),
  "larger than anything": () => fill(3, 2 ** 32 - 1, Buffer.alloc(0)),
  "no text": () => fill(2, 4, Buffer.from([0xff, 0xfe, 0xfd, 0xfc])),
};

const port = (name: string) => Buffer.concat([words(1, 0, name.length), Buffer.from(name)]);
answer(1, Buffer.concat([words(1, 0, 0, 0, 4), Buffer.from("evil")]));
process.stdin.once("data", async () => {
  answer(2, Buffer.concat([words(0, 0, 0), words(1, 1), port("x"), port("y")]));
  while (look(SUBMITTED_AT) === 0) await sleep(1);
  WAYS[process.argv[2] ?? ""]?.();
});
