import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeNetworkStart } from "../../../../runtime/boot/device/network-start.ts";
import { linuxFiles } from "../../../../runtime/platform/index.ts";

const LINE = "eth0 52:54:00:12:34:56 10.0.2.15 24 10.0.2.2 100";
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "network-start-"));
});
afterEach(() => rm(folder, { recursive: true }));

const start = () => ({ file: join(folder, "network"), document: join(folder, "steppps.yaml"), files: linuxFiles() });

test("what PID 1 may do counts for the document as it is", async () => {
  const document = "name: hall\n";
  await writeFile(start().document, document);
  await writeNetworkStart(start(), [LINE]);
  expect(await readFile(start().file, "utf8")).toBe(
    `steppps network 1 ${crc32(document).toString(16).padStart(8, "0")}\n${LINE}\n`,
  );
});

test("nothing is written that is there already, nor more than PID 1 reads", async () => {
  await writeNetworkStart(start(), [LINE]);
  const { ino } = await stat(start().file);
  await writeNetworkStart(start(), [LINE]);
  expect((await stat(start().file)).ino).toBe(ino);
  await writeNetworkStart(start(), Array(100).fill(LINE));
  expect((await stat(start().file)).ino).toBe(ino);
  await writeNetworkStart(start(), []);
  expect(await readFile(start().file, "utf8")).toBe("steppps network 1 00000000\n");
});

test("a document of which PID 1 would read a part only is none to go by", async () => {
  await writeFile(start().document, "#".repeat(64 * 1024));
  await expect(writeNetworkStart(start(), [LINE])).rejects.toThrow("E_FILE_TOO_LARGE");
  expect(await readdir(folder)).toEqual(["steppps.yaml"]);
});
