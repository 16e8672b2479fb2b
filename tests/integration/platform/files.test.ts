import { readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { utf8 } from "../../../runtime/contract/index.ts";
import { linuxFiles } from "../../../runtime/platform/index.ts";
import { mountSmallDisk } from "../../support/small-disk.ts";

const disk = mountSmallDisk(64);
afterAll(() => disk?.unmount());

test("a full disk is E_DISK_FULL, and the old content stays", async () => {
  if (!disk) return; // the reason was printed
  const files = linuxFiles();
  const path = join(disk.folder, "document");
  await files.write(path, utf8("name: shed"));
  const { bsize, bavail } = statfsSync(disk.folder);
  await expect(files.write(path, new Uint8Array(bsize * bavail + 1))).rejects.toMatchObject({ code: "E_DISK_FULL" });
  expect(await files.read(path, 100)).toEqual(utf8("name: shed"));
  expect(readdirSync(disk.folder)).toEqual(["document"]);
});
