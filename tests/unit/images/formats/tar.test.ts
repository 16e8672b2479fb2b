import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tarOfFolder } from "../../../../images/formats/tar.ts";
import { fileHash } from "../../../../images/steps/file-hash.ts";
import { run } from "../../../../images/steps/run.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const TIME = 1_700_000_000;

test("two folders of the same content give the same tar, whatever was made first and when", async () => {
  using one = tree(["b", "a"], 0);
  using two = tree(["a", "b"], 86_400);
  using out = tempFolder("tar");
  const [first, second] = [join(out.path, "1.tar"), join(out.path, "2.tar")];
  await tarOfFolder(one.path, first, TIME);
  await tarOfFolder(two.path, second, TIME);
  expect(await fileHash(first)).toBe(await fileHash(second));
  // As another program reads it.
  const list = await run("tar", ["--utc", "--full-time", "-tvf", first]);
  expect(list.split("\n").map((line) => line.replace(/\s+/g, " "))).toEqual([
    "drwxr-xr-x root/root 0 2023-11-14 22:13:20 ./",
    "-rw-r--r-- root/root 1 2023-11-14 22:13:20 a",
    "-rwxr-xr-x root/root 1 2023-11-14 22:13:20 b",
    "drwxr-xr-x root/root 0 2023-11-14 22:13:20 folder/",
    "lrwxrwxrwx root/root 0 2023-11-14 22:13:20 folder/link -> /run",
    "",
  ]);
});

test("a tar of a part has no more than that part, and what is somebody else's is theirs", async () => {
  using one = tree(["a", "b"], 0);
  using out = tempFolder("tar");
  const file = join(out.path, "part.tar");
  await tarOfFolder(one.path, file, TIME, {
    takes: (path) => path.startsWith("folder") || path === "b",
    owner: (path) => (path === "b" ? 65_532 : 0),
  });
  const list = await run("tar", ["--numeric-owner", "-tvf", file]);
  expect(list.split("\n").map((line) => line.replace(/\s.* \d\d:\d\d /, " "))).toEqual([
    "-rwxr-xr-x b",
    "drwxr-xr-x folder/",
    "lrwxrwxrwx folder/link -> /run",
    "",
  ]);
  expect(list).toContain("65532/65532");
});

/** With a link to a folder of the machine's: it is a link in the tar, and nothing of that folder is. */
function tree(order: readonly string[], time: number) {
  const folder = tempFolder("tree");
  chmodSync(folder.path, 0o755);
  for (const name of order) {
    writeFileSync(join(folder.path, name), name);
    chmodSync(join(folder.path, name), name === "b" ? 0o755 : 0o644);
    utimesSync(join(folder.path, name), time, time);
  }
  mkdirSync(join(folder.path, "folder"), { mode: 0o755 });
  symlinkSync("/run", join(folder.path, "folder/link"));
  return folder;
}
