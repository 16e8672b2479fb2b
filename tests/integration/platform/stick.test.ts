import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test, vi } from "vitest";
import { readLock } from "../../../images/lock/lock.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import { type Toolset, toolset } from "../../../images/toolset/toolset.ts";
import { mountStick } from "../../../runtime/platform/index.ts";
import { loopDisk } from "../../support/loop-disk.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const SCRIPT = fileURLToPath(new URL("../../../images/supervisor/stick.sh", import.meta.url));

let tools: Toolset;
beforeAll(async () => {
  tools = await toolset(readLock(), imagePlaces());
}, 900_000);

test("a stick is mounted where nobody else sees it, can't be written, and is off when it is closed", async () => {
  using folder = tempFolder("stick");
  const [image, content, mountPoint] = ["stick", "content", "mnt"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [content, mountPoint]) await mkdir(path);
  await writeFile(join(content, "next.bundle"), "a bundle");
  await writeFile(image, "");
  await truncate(image, 8 << 20);
  await tools.run("mke2fs", ["-q", "-F", "-t", "ext4", "-d", content, image]);
  using loop = loopDisk(image);
  if (!loop) return; // it has said so
  const before = await readFile(image);
  const stick = await mountStick(loop.path, { hold: ["unshare", "-m", "sh", SCRIPT], mountPoint });
  expect(stick).toBeDefined();
  const path = stick?.path as string;
  expect(await readFile(join(path, "next.bundle"), "utf8")).toBe("a bundle");
  await expect(writeFile(join(path, "other"), "x")).rejects.toThrow("EROFS");
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(mountPoint);
  stick?.close();
  await vi.waitFor(() => expect(existsSync(path)).toBe(false));
  expect((await readFile(image)).equals(before)).toBe(true);
});

test("what holds no file system, or one that can't be mounted, is passed over", async () => {
  using folder = tempFolder("stick");
  const file = async (name: string, bytes: Buffer) => {
    const path = join(folder.path, name);
    await writeFile(path, bytes);
    return path;
  };
  const places = { hold: ["unshare", "-m", "sh", SCRIPT], mountPoint: folder.path };
  const broken = Buffer.alloc(1 << 20);
  broken.writeUInt16LE(0xef53, 1024 + 56);
  const paths = [await file("empty", Buffer.alloc(0)), await file("zeros", Buffer.alloc(1 << 20)), await file("broken", broken)];
  for (const path of [...paths, join(folder.path, "absent")]) expect(await mountStick(path, places), path).toBeUndefined();
});
