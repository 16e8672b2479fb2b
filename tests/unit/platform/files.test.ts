import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { utf8 } from "../../../runtime/contract/index.ts";
import { linuxFiles } from "../../../runtime/platform/index.ts";

const files = linuxFiles();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("what is written is read, replaced whole, private, and leaves nothing beside it", async () => {
  const path = join(folder, "key");
  await files.write(path, utf8("a long first content"));
  await files.write(path, utf8("short"));
  expect(await files.read(path, 5)).toEqual(utf8("short"));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["key"]);
});

test("a file beyond the bound is refused, one of exactly the bound is not", async () => {
  const path = join(folder, "large");
  writeFileSync(path, "12345");
  await expect(files.read(path, 4)).rejects.toMatchObject({ code: "E_FILE_TOO_LARGE" });
  expect(await files.read(path, 5)).toHaveLength(5);
});

test("a file that never ends is refused too", async () => {
  symlinkSync("/dev/zero", join(folder, "endless"));
  await expect(files.read(join(folder, "endless"), 1000)).rejects.toMatchObject({ code: "E_FILE_TOO_LARGE" });
});

test("what is not there is undefined, an empty list, and already removed", async () => {
  const path = join(folder, "none");
  expect(await files.read(path, 10)).toBeUndefined();
  expect(await files.list(path)).toEqual([]);
  await files.remove(path);
});

test("names are listed in order", async () => {
  for (const name of ["b", "a", "c"]) await files.write(join(folder, name), utf8(name));
  await files.remove(join(folder, "b"));
  expect(await files.list(folder)).toEqual(["a", "c"]);
});

test("a private directory is made with its parents, and closed to others if it was there", async () => {
  const path = join(folder, "a/b");
  await files.makePrivate(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  chmodSync(path, 0o755);
  await files.makePrivate(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("what the system refuses is E_FILE, with its reason", async () => {
  const error = expect.objectContaining({ code: "E_FILE", detail: expect.stringMatching(/EISDIR|ENOTDIR|ENOENT/) });
  await expect(files.read(folder, 10)).rejects.toEqual(error);
  await expect(files.write(join(folder, "no/such"), utf8("x"))).rejects.toEqual(error);
  writeFileSync(join(folder, "plain"), "");
  await expect(files.list(join(folder, "plain"))).rejects.toEqual(error);
});
