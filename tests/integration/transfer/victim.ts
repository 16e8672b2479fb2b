import { appendFileSync } from "node:fs";
import { openEmbeddedBus } from "../../../runtime/mqtt/index.ts";
import { faultsFrom, systemClock } from "../../../runtime/platform/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { Transfers } from "../../../runtime/transfer/index.ts";

/** A device that may be killed at a named point: `victim.ts JOURNAL PORT TAKEN FAULT`. Each artefact it takes is a line of TAKEN. */
const [file, port, taken, fault] = process.argv.slice(2) as [string, string, string, string?];
const journal = await openJournal({ file });
let transfers: Transfers | undefined;
const bus = await openEmbeddedBus({
  port: Number(port),
  journal,
  onMessage: (message, done) => {
    if (!transfers?.take(message, done)) done();
  },
});
transfers = new Transfers({
  device: "edge",
  bus,
  journal,
  clock: systemClock(),
  faults: faultsFrom(fault),
  report: (error) => process.stderr.write(`${error.message}\n`),
  async take({ id, bytes }) {
    appendFileSync(taken, `${id} ${bytes.length}\n`);
    const report = { id, step: "gate", outcome: "done", ok: true, time: 0, millis: 1 };
    const payload = Buffer.from(JSON.stringify(report));
    await bus.publish({ topic: "steppps/edge/deployed", payload, qos: 1, retain: false });
  },
});
await transfers.start();
await bus.start();
await transfers.resume();
process.stdout.write("up\n");
