import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSource } from "../../../../runtime/update/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

test("a file is read in parts; what ends before its end says so", async () => {
  using folder = tempFolder("source");
  const file = join(folder.path, "a.bundle");
  writeFileSync(file, "0123456789");
  const source = await fileSource(file);
  try {
    const text = async (at: number, length: number) => {
      const parts: Uint8Array[] = [];
      for await (const piece of source.read(at, length)) parts.push(piece);
      return Buffer.concat(parts).toString();
    };
    expect(await text(3, 4)).toBe("3456");
    await expect(text(8, 4)).rejects.toThrow("E_IMAGE: ");
  } finally {
    await source.close();
  }
});

test("links, pipes and folders, which a stick may have under a bundle's name, are none", async () => {
  using folder = tempFolder("source");
  const at = (name: string) => join(folder.path, name);
  writeFileSync(at("file"), "secret");
  symlinkSync("file", at("link.bundle"));
  mkdirSync(at("folder.bundle"));
  expect(spawnSync("mkfifo", [at("pipe.bundle")]).status).toBe(0);
  for (const name of ["link.bundle", "folder.bundle", "pipe.bundle", "absent.bundle"])
    await expect(fileSource(at(name)), name).rejects.toThrow("E_UPDATE_SOURCE");
});
