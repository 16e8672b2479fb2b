import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { FAULT_POINTS, type ImageStatus } from "../../../runtime/contract/index.ts";
import { formatPublicKey, generateKeys } from "../../../runtime/trust/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { bundleOf, imageFiles } from "./images.ts";
import { flash, machineParts } from "./machine.ts";
import { serveFile } from "./static-server.ts";

const VICTIM = fileURLToPath(new URL("./victim.ts", import.meta.url));
const POINTS = Object.keys(FAULT_POINTS).filter((point) => point.startsWith("update:"));
const keys = generateKeys();

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

function start(folder: string, url: string, fault: string): Promise<Ended> {
  const child = spawn(process.execPath, [VICTIM, folder, url, fault], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (bytes) => {
    output += bytes;
  });
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, output })));
}

/** What kills it, in the runs one after the other. */
const LIVES: readonly (readonly string[])[] = [
  ...POINTS.map((point) => [`${point}:kill`]),
  ["update:after-block:kill@40", "update:after-block:kill@3", "update:after-fetch:kill", "update:before-try:kill"],
];

test.each(LIVES)("killed at %s, it goes on and ends with the new version, whole and blessed", async (...faults) => {
  const temp = tempFolder("update-crash");
  onTestFinished(() => temp[Symbol.dispose]());
  const { path } = temp;
  await flash(path, imageFiles(join(path, "v1"), "1.0.0"), 8 * 1024 * 1024);
  const files = imageFiles(join(path, "v2"), "1.1.0");
  await bundleOf(join(path, "image.bundle"), files, keys, { version: "1.1.0" });
  writeFileSync(join(path, "owner.pub"), formatPublicKey(keys.public));
  const server = await serveFile(join(path, "image.bundle"));
  let kills = 0;
  for (let runs = 0; ; runs++) {
    expect(runs).toBeLessThan(12);
    const { code, signal, output } = await start(path, server.url, faults[kills] ?? "");
    if (signal) kills++;
    if (code !== 0) {
      expect([64, null]).toContain(code);
      continue;
    }
    const status: ImageStatus = JSON.parse(output);
    expect(status).toMatchObject({ version: "1.1.0", slot: "b", blessed: true, update: { outcome: "done" } });
    break;
  }
  expect(kills, "each fault was met").toBe(faults.length);
  const { boot, partitions } = machineParts(path);
  const root = readFileSync(files.root);
  expect(readFileSync(partitions.b).subarray(0, root.length).equals(root)).toBe(true);
  expect(readFileSync(join(boot, "b/kernel")).equals(readFileSync(files.kernel))).toBe(true);
  expect(readFileSync(join(boot, "slots.txt"), "utf8")).toBe("good=b\n");
});
