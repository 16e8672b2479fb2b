import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLock } from "../../../../images/lock/lock.ts";
import { imagePlaces } from "../../../../images/steps/places.ts";
import { toolset } from "../../../../images/toolset/toolset.ts";
import { type InstallPorts, install, targetTable } from "../../../../runtime/boot/device/install/install.ts";
import { encodeGpt, type Gpt, parseGpt } from "../../../../runtime/platform/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const MEBIBYTE = 1 << 20;
const SECTORS = MEBIBYTE / 512;
const guid = (byte: number) => Uint8Array.from({ length: 16 }, () => byte);
const part = (name: string, from: number, to: number) => ({
  type: guid(7),
  id: guid(from),
  first: from * SECTORS,
  last: to * SECTORS - 1,
  attributes: 0n,
  name,
});
const layout: Gpt = {
  disk: guid(9),
  partitions: [part("boot", 1, 9), part("root-a", 9, 14), part("root-b", 14, 19), part("data", 19, 200)],
};
const SIZE = 100 * MEBIBYTE;

/** A disk that runs a system, an empty one, and what an installation needs. */
async function machine(folder: string) {
  const from = join(folder, "from");
  const bytes = Buffer.alloc(200 * MEBIBYTE);
  for (let at = 0; at < 19 * MEBIBYTE; at += 512) createHash("sha256").update(`${at}`).digest().copy(bytes, at);
  bytes.set(encodeGpt(layout, bytes.length / 512).head);
  await writeFile(from, bytes);
  const partitions = {} as Record<"boot" | "root-a" | "root-b", string>;
  for (const name of ["boot", "root-a", "root-b"] as const) {
    const { first, last } = layout.partitions.find((each) => each.name === name) as Gpt["partitions"][number];
    partitions[name] = join(folder, name);
    await writeFile(partitions[name], bytes.subarray(first * 512, (last + 1) * 512));
  }
  const to = join(folder, "to");
  await writeFile(to, Buffer.alloc(SIZE, 0xaa));
  const steps: string[] = [];
  const ports: InstallPorts = {
    from: { path: from },
    partitions,
    async makeData(size) {
      const file = join(folder, "data");
      await writeFile(file, "an empty file system");
      await truncate(file, size);
      return file;
    },
    async forget() {
      steps.push("forgotten");
    },
    progress: (step) => void steps.push(step),
  };
  return { ports, to: { path: to, size: SIZE }, steps, partitions };
}

test("the disk has the partitions byte for byte, identities of its own, and a table that another program finds whole", async () => {
  using folder = tempFolder("install");
  const { ports, to, steps, partitions } = await machine(folder.path);
  await install(to, ports);
  const compared = (name: string) => [name, `${name}, compared`];
  const boot = ["boot", "forgotten", "boot, compared"];
  expect(steps).toEqual([...compared("root-a"), ...compared("root-b"), ...compared("data"), ...boot, "partition table"]);
  const bytes = await readFile(to.path);
  for (const [name, from] of [
    ["boot", 1],
    ["root-a", 9],
    ["root-b", 14],
  ] as const)
    expect(
      bytes.subarray(from * MEBIBYTE, (from + (name === "boot" ? 8 : 5)) * MEBIBYTE).equals(await readFile(partitions[name])),
    ).toBe(true);
  expect(bytes.toString("latin1", 19 * MEBIBYTE, 19 * MEBIBYTE + 20)).toBe("an empty file system");
  const table = parseGpt(bytes.subarray(0, MEBIBYTE)) as Gpt;
  expect(table.partitions.map(({ name, first, last }) => [name, first, last + 1])).toEqual([
    ["boot", 2048, 9 * 2048],
    ["root-a", 9 * 2048, 14 * 2048],
    ["root-b", 14 * 2048, 19 * 2048],
    ["data", 19 * 2048, 83 * 2048],
  ]);
  expect(table.disk).not.toEqual(layout.disk);
  for (const [i, { id }] of table.partitions.entries()) expect(id).not.toEqual(layout.partitions[i]?.id);
  const tools = await toolset(readLock(), imagePlaces());
  expect(await tools.run("sfdisk", ["--verify", to.path])).toContain("No errors detected");
  // PID 1's record of starts lies in the sector in front of the first partition.
  expect(bytes.subarray(MEBIBYTE - 512, MEBIBYTE).every((byte) => byte === 0)).toBe(true);
}, 900_000);

test("a failure at any step leaves no partition table, of before or of now", async () => {
  using folder = tempFolder("install");
  const { ports, to } = await machine(folder.path);
  for (const step of ["root-a", "root-b", "data", "boot", "partition table"]) {
    await writeFile(to.path, Buffer.alloc(SIZE, 0xaa));
    const progress = (at: string) => {
      if (at === step) throw new Error(`the plug was pulled at ${at}`);
    };
    await expect(install(to, { ...ports, progress })).rejects.toThrow("the plug");
    const bytes = await readFile(to.path);
    for (const half of [bytes.subarray(0, MEBIBYTE), bytes.subarray(SIZE - MEBIBYTE)])
      expect(half.every((byte) => byte === 0)).toBe(true);
  }
});

test("a partition that changes while it is copied is copied again, and one that keeps changing ends it", async () => {
  using folder = tempFolder("install");
  const { ports, to, partitions } = await machine(folder.path);
  let left = 1000;
  const progress = (step: string) => {
    if (step !== "boot, compared" || left-- <= 0) return;
    const file = openSync(partitions.boot, "r+");
    writeSync(file, `change ${left}`, 4096);
    closeSync(file);
  };
  await expect(install(to, { ...ports, progress })).rejects.toThrow("E_MEDIUM_VERIFY");
  left = 2;
  await install(to, { ...ports, progress });
  expect((await readFile(to.path)).subarray(MEBIBYTE, 9 * MEBIBYTE).equals(await readFile(partitions.boot))).toBe(true);
});

test("a disk that is too small, and a system of another layout, are refused", () => {
  expect(() => targetTable(layout, 86 * MEBIBYTE)).toThrow("E_MEDIUM_SMALL");
  expect(targetTable(layout, 87 * MEBIBYTE).partitions).toHaveLength(4);
  expect(() => targetTable({ ...layout, partitions: layout.partitions.slice(0, 3) }, SIZE)).toThrow("E_INSTALL_LAYOUT");
});
