import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { systemClock } from "../../../runtime/platform/index.ts";
import { MachineReadings, systemProbe } from "../../../runtime/space/index.ts";
import { CSV_HEADING, formatRow } from "./data.ts";
import { rowOf } from "./readings.ts";

/**
 * Records this machine's readings, as the supervisor publishes them, one row every two seconds:
 *
 *   node assembly/models/telemetry/record.ts --minutes 60 --out readings.csv
 */
const EVERY_MS = 2_000;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, out: { type: "string", default: "readings.csv" } },
});

const readings = new MachineReadings(systemProbe(), systemClock(), "/");
const file = createWriteStream(values.out);
const begun = performance.now();
file.write(`${CSV_HEADING}\n`);
await readings.read(); // rates need a reading before
while (performance.now() - begun < Number(values.minutes) * 60_000) {
  await sleep(EVERY_MS);
  const row = rowOf(await readings.read());
  if (row) file.write(`${formatRow((performance.now() - begun) / 1000, row)}\n`);
}
file.end();
await once(file, "finish");
