import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type DataDirectory, dataPaths } from "../../../runtime/boot/data-paths.ts";
import { loadDocument } from "../../../runtime/boot/load-document.ts";
import { DeviceDocument } from "../../../runtime/contract/index.ts";
import { type Files, linuxFiles } from "../../../runtime/platform/index.ts";

let data: DataDirectory;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "document-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  data = dataPaths(folder);
});
const load = (files: Files = linuxFiles()) => loadDocument(data, files);

test("a device without a file gets one that explains itself", async () => {
  expect(await load()).toEqual({ document: { name: "edge" } });
  expect(await readFile(data.document, "utf8")).toContain("# What this device is");
});

test("what the first document shows in comments can be used as it stands", async () => {
  await load();
  const lines = (await readFile(data.document, "utf8")).split("\n").slice(3);
  const used = lines
    .map((line) => line.replace(/^# /, ""))
    .filter((line) => !line.includes("steppps-key:..."))
    .map((line) => line.replace("owners:", "owners: []").replace("password: ...", "password: long enough"));
  await writeFile(data.document, used.join("\n"));
  const { document, fault } = await load();
  expect(fault).toBeUndefined();
  expect(Object.keys(document).sort()).toEqual(
    Object.keys(DeviceDocument.properties)
      .filter((key) => key !== "group")
      .sort(),
  );
});

test("a bad file is reported with its line, and the last good one is in force", async () => {
  await writeFile(data.document, "name: hall\nweb:\n  port: 9000\n");
  await load();
  await writeFile(data.document, "name: hall\nweb:\n  prot: 9001\n");
  const { document, fault } = await load();
  expect(document).toEqual({ name: "hall", web: { port: 9000 } });
  expect(fault).toMatchObject({ code: "E_DOCUMENT", detail: expect.stringMatching(/^line 3: .*prot/) });
  await writeFile(data.document, "name: garden\n");
  expect(await load()).toEqual({ document: { name: "garden" } });
});

test.each([
  ["half of it", (good: Buffer) => good.subarray(0, good.length / 2)],
  ["nothing", () => Buffer.alloc(0)],
  ["garbage", () => Buffer.from([0xff, 0, 1, 2])],
  ["another shape", () => Buffer.from('{"sha256":"x","document":{"name":7}}')],
])("a last good one of which %s is left does not stop a device", async (_, damage) => {
  await writeFile(data.document, "name: hall\n");
  await load();
  await writeFile(data.lastGood, damage(await readFile(data.lastGood)));
  expect(await load()).toEqual({ document: { name: "hall" } });
  await writeFile(data.lastGood, damage(await readFile(data.lastGood)));
  await writeFile(data.document, "nmae: hall\n");
  expect(await load()).toMatchObject({ document: {}, fault: { code: "E_DOCUMENT" } });
});

test.each([
  ["a folder", () => mkdir(data.document)],
  ["larger than a document may be", () => writeFile(data.document, "#".repeat(1_000_001))],
  ["endless", () => symlink("/dev/zero", data.document)],
  ["not text", () => writeFile(data.document, Buffer.from([0x6e, 0xff, 0xfe]))],
])("one that is %s does not stop a device", async (_, make) => {
  await make();
  const { document, fault } = await load();
  expect(document).toEqual({});
  expect(fault?.code).toMatch(/^E_(DOCUMENT|FILE|FILE_TOO_LARGE)$/);
});

test("nor does a disk that takes nothing", async () => {
  const files = linuxFiles();
  const readOnly: Files = { ...files, write: () => Promise.reject(new Error("EROFS")) };
  expect(await load(readOnly)).toEqual({ document: { name: "edge" } });
  await writeFile(data.document, "name: hall\n");
  expect(await load(readOnly)).toEqual({ document: { name: "hall" } });
});
