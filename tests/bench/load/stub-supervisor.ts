import { writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Message } from "../../../runtime/contract/index.ts";
import { openEmbeddedBus, openExternalBus } from "../../../runtime/mqtt/index.ts";
import { type Op, openJournal } from "../../../runtime/store/index.ts";

/**
 * The bus with almost nothing behind it: each message is filtered (one in ten goes), has a byte of it changed, and is published
 * again. What the bus itself costs, and with --durable what it costs to acknowledge after a commit.
 */
const { values } = parseArgs({
  options: { durable: { type: "boolean" }, broker: { type: "string" }, folder: { type: "string", default: tmpdir() } },
});
const VALUE_KEY = Buffer.from('"value":');
const ZERO = 48;

const journal = await openJournal({ file: values.durable ? join(values.folder, "bus.db") : ":memory:" });
let outputs: Message[] = [];
let inputs: Uint8Array[] = [];
let ops: Op[] = [];
let dones: ((error?: Error) => void)[] = [];
let sequence = 0;

async function flush(): Promise<void> {
  const [sending, settling, received, more] = [outputs, dones, inputs, ops];
  outputs = [];
  dones = [];
  inputs = [];
  ops = [];
  const seq = sequence;
  sequence += settling.length;
  if (values.durable) {
    const bytes = Buffer.concat(received);
    await journal.commit([
      ["batch.add", "stub", seq, settling.length, "1.0.0", bytes, bytes],
      ["batch.trim", "stub", seq - 20_000],
      ...more,
    ]);
  } else if (more.length > 0) await journal.commit(more);
  await bus.publishAll(sending);
  for (const done of settling) done();
}

const shared = {
  journal,
  onMessage(message: Parameters<Parameters<typeof openEmbeddedBus>[0]["onMessage"]>[0], done: (error?: Error) => void) {
    const payload = Buffer.from(message.payload.buffer, message.payload.byteOffset, message.payload.byteLength);
    const at = payload.indexOf(VALUE_KEY) + VALUE_KEY.length;
    if (payload[at] !== ZERO) {
      payload[at] = ZERO;
      outputs.push({ topic: "bench/out", payload, qos: message.qos, retain: false });
    }
    inputs.push(payload);
    ops.push(...message.ops);
    if (dones.push(done) === 1) setImmediate(() => void flush());
  },
};
const bus = await (values.broker
  ? openExternalBus({ url: values.broker, clientId: `stub-${process.pid}`, ...shared })
  : openEmbeddedBus({ port: 0, ...shared }));
await bus.subscribe("bench/in");
await bus.start();
while (!bus.connected()) await new Promise((resolve) => setTimeout(resolve, 10));
writeSync(1, `ready ${bus.url}\n`);
