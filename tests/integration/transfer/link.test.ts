import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { overLossyLink } from "../../bench/link/lossy-link.ts";
import { temporaryFolder } from "../mqtt/support.ts";
import { startDevice } from "./support.ts";

const PROGRAM = fileURLToPath(new URL("../../../runtime/cli/steppps.ts", import.meta.url));

test("a slow link that loses packets and is cut again and again: the command comes to its end, and sends nothing again that has arrived", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "some.plugin");
  const bytes = randomBytes(100_000);
  writeFileSync(file, bytes);
  const device = await startDevice();
  const target = ["--broker", "{broker}", "--device", "edge", "--data", folder, "--json"];
  const run = await overLossyLink([process.execPath, PROGRAM, "plugin", "deploy", file, ...target], device.port, {
    rateKbit: 256,
    lossPercent: 10,
    cutEveryMillis: 2_500,
    cutMillis: 300,
  });
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  expect(Buffer.from(device.taken[0]?.bytes ?? []).equals(bytes)).toBe(true);
  const { transfer } = JSON.parse(run.stdout);
  // Never from the start: each new connection sends what is missing.
  expect(transfer.connections).toBeGreaterThan(1);
  expect(transfer.sentChunks).toBe(transfer.chunks);
  expect(transfer.sentInVain).toBe(0);
});
