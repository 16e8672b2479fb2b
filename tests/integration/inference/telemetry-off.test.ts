import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { buildWorker } from "../../../runtime/inference/build/worker.ts";
import { workerCommand } from "../../../runtime/inference/native/worker-command.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("the library keeps no record of its maker's about this machine", async () => {
  using home = tempFolder("telemetry");
  const { program, library } = await buildWorker();
  const [command = "", ...args] = workerCommand([program, library]);
  // It has loaded the library when it finds that nobody shares memory with it.
  const { stderr } = spawnSync(command, args, { env: { HOME: home.path }, encoding: "utf8", timeout: 60_000 });
  expect(stderr).toContain("descriptor 3");
  expect(readdirSync(home.path)).toEqual([]);
}, 120_000);
