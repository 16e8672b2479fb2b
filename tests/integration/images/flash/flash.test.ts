import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { copyFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { flash } from "../../../../images/flash/flash.ts";
import { type ImageFile, openImageFile } from "../../../../images/flash/image-file.ts";
import { withDocument } from "../../../../images/flash/with-document.ts";
import { compressXz } from "../../../../images/release/compress.ts";
import { run } from "../../../../images/steps/run.ts";
import { Medium, readDisks } from "../../../../runtime/platform/index.ts";
import { loopDisk } from "../../../support/loop-disk.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { builder } from "../support.ts";

const MEBIBYTE = 1 << 20;
/** Of the image; no whole number of the pieces that are written. */
const SIZE = 37 * MEBIBYTE + 512;
const DISK = 48 * MEBIBYTE;
const OLD = Buffer.alloc(MEBIBYTE, "old");

let all: Awaited<ReturnType<typeof builder>>;
beforeAll(async () => {
  all = await builder();
}, 900_000);

/** A disk image with a partition table in front of bytes that don't repeat. */
async function imageIn(folder: string): Promise<{ file: string; bytes: Buffer }> {
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE - 32; at += 4096) createHash("sha256").update(`${at}`).digest().copy(bytes, at);
  const file = join(folder, "small.img");
  await writeFile(file, bytes);
  await all.tools.run("sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", file], { input: "label: gpt\nsize=1024\n" });
  return { file, bytes: await readFile(file) };
}

/** A medium that was used before, as a block device where this user may have one, else as a file. */
async function usedDisk(folder: string) {
  const file = join(folder, "disk");
  await writeFile(file, Buffer.concat(Array.from({ length: DISK / MEBIBYTE }, () => OLD)));
  return { file, loop: loopDisk(file) };
}

const signal = new AbortController().signal;
const options = () => {
  const steps: string[] = [];
  return { steps, signal, progress: (step: string, bytes: number) => void steps.push(`${step} ${bytes}`) };
};

test("a compressed image is on the disk byte for byte, read back; nothing is left of the partition table before", async () => {
  using folder = tempFolder("flash");
  const { file, bytes } = await imageIn(folder.path);
  await compressXz(file, `${file}.xz`, all.tools);
  const image = await openImageFile(`${file}.xz`, all.tools);
  expect(image.size).toBe(SIZE);
  const disk = await usedDisk(folder.path);
  using loop = disk.loop;
  const { steps, ...rest } = options();
  await flash(image, { path: loop?.path ?? disk.file, size: DISK }, rest);
  const found = await readFile(disk.file);
  expect(found.subarray(0, SIZE).equals(bytes)).toBe(true);
  expect(found.subarray(DISK - MEBIBYTE).every((byte) => byte === 0)).toBe(true);
  expect(steps).toContain(`writing ${SIZE}`);
  expect(steps.at(-1)).toBe(`reading back ${SIZE}`);
});

test("one that ends before its end leaves no partition table behind", async () => {
  using folder = tempFolder("flash");
  const { file } = await imageIn(folder.path);
  const image = await openImageFile(file, all.tools);
  const disk = await usedDisk(folder.path);
  using loop = disk.loop;
  const path = loop?.path ?? disk.file;
  const broken: ImageFile = {
    ...image,
    async *content() {
      let left = SIZE / 2;
      for await (const piece of image.content()) {
        yield piece;
        left -= piece.length;
        if (left < 0) throw new Error("unplugged");
      }
    },
  };
  await expect(flash(broken, { path, size: DISK }, options())).rejects.toThrow("unplugged");
  expect((await readFile(disk.file)).subarray(0, MEBIBYTE).every((byte) => byte === 0)).toBe(true);
});

test("a disk that holds something else than what was written is found by reading it back, past the machine's cache", async () => {
  using folder = tempFolder("flash");
  const { file } = await imageIn(folder.path);
  const image = await openImageFile(file, all.tools);
  const disk = await usedDisk(folder.path);
  using loop = disk.loop;
  const progress = (step: string, bytes: number) => {
    // Behind the loop device's back, as a worn card does: the cache in front of it still has what was written.
    if (step === "writing" && bytes === SIZE) flipByte(disk.file, 5 * MEBIBYTE);
  };
  const flashed = flash(image, { path: loop?.path ?? disk.file, size: DISK }, { signal, progress });
  await expect(flashed).rejects.toThrow("E_MEDIUM_VERIFY");
});

test("a disk that is mounted is seen as in use, and can't be opened; what is not there neither", async () => {
  using folder = tempFolder("flash");
  const file = join(folder.path, "disk");
  await writeFile(file, "");
  await truncate(file, DISK);
  await all.tools.run("mke2fs", ["-q", "-F", file]);
  using loop = loopDisk(file);
  await expect(Medium.open(join(folder.path, "none"))).rejects.toThrow("E_MEDIUM_UNKNOWN");
  if (!loop) return; // it has said so
  const point = join(folder.path, "mounted");
  await mkdir(point);
  await run("mount", [loop.path, point]);
  try {
    const found = (await readDisks()).find(({ path }) => path === loop.path);
    const device = basename(loop.path);
    expect(found).toMatchObject({ size: DISK, removable: false, uses: [{ device, what: point }] });
    await expect(Medium.open(loop.path)).rejects.toThrow("E_MEDIUM_BUSY");
  } finally {
    await run("umount", [point]);
  }
});

test("what is no image of a disk is refused before anything is written", async () => {
  using folder = tempFolder("flash");
  const { file, bytes } = await imageIn(folder.path);
  await compressXz(file, `${file}.xz`, all.tools);
  const put = async (name: string, content: Uint8Array | string) => {
    const path = join(folder.path, name);
    await writeFile(path, content);
    return path;
  };
  const packed = await readFile(`${file}.xz`);
  const cut = await put("cut.img.xz", packed.subarray(0, packed.length - 100));
  const text = await put("notes.img", "an image, some day");
  const empty = await put("empty.img", "");
  const odd = await put("odd.img", bytes.subarray(0, SIZE - 1));
  await copyFile(file, join(folder.path, "changed.img"));
  await put("changed.img.sha256", `${"0".repeat(64)}  changed.img\n`);
  for (const path of [cut, text, empty, odd, join(folder.path, "changed.img"), folder.path, join(folder.path, "none.img")])
    await expect(openImageFile(path, all.tools), path).rejects.toThrow("E_MEDIUM_IMAGE");
});

test("a document of one's own is on the medium's boot partition, and the image stays as it was", async () => {
  using folder = tempFolder("flash");
  const [file, fat] = [join(folder.path, "board.img"), join(folder.path, "boot.part")];
  for (const [path, megabytes] of [
    [file, 42],
    [fat, 40],
  ] as const) {
    await writeFile(path, "");
    await truncate(path, megabytes * MEBIBYTE);
  }
  await all.tools.run("mkfs.vfat", ["-F", "32", "-s", "1", fat]);
  await run("dd", [`if=${fat}`, `of=${file}`, "bs=1M", "seek=1", "conv=notrunc,sparse"]);
  const table = "label: gpt\nstart=2048, size=81920, name=boot\n";
  await all.tools.run("sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", file], { input: table });
  const plain = await openImageFile(file, all.tools);
  const to = join(folder.path, "disk");
  await writeFile(to, Buffer.alloc(DISK));
  {
    await using image = await withDocument(plain, "name: hall\n", all.tools);
    await flash(image, { path: to, size: DISK }, options());
  }
  const read = (image: string) => all.tools.run("mtype", ["-i", `${image}@@1M`, "::steppps.yaml"]);
  expect(await read(to)).toBe("name: hall\n");
  await expect(read(file)).rejects.toThrow("not found");
});

test("the command lists disks, and writes nothing without the disk's name typed", async () => {
  using folder = tempFolder("flash");
  const { file } = await imageIn(folder.path);
  const disk = await usedDisk(folder.path);
  using loop = disk.loop;
  const command = (...args: string[]) => run(process.execPath, [join(all.places.root, "images/main.ts"), "flash", ...args]);
  await expect(command("--device", "/dev/none", "--image", file)).rejects.toThrow("E_MEDIUM_UNKNOWN");
  await expect(command("--device", "/dev/none")).rejects.toThrow("--image or --board");
  if (!loop) return; // it has said so
  expect(await command("--list")).toContain(`${loop.path}, 0.1 GB, built in\n`);
  const to = ["--device", loop.path, "--image", file];
  await expect(command(...to, "--confirm", basename(loop.path))).rejects.toThrow("E_MEDIUM_FIXED");
  await expect(command(...to, "--any-disk")).rejects.toThrow("E_MEDIUM_CONFIRM"); // standard input ends without an answer
  await expect(command(...to, "--any-disk", "--confirm", "loop")).rejects.toThrow("E_MEDIUM_CONFIRM");
  expect((await readFile(disk.file)).subarray(0, MEBIBYTE).equals(OLD)).toBe(true);
  expect(await command(...to, "--any-disk", "--confirm", basename(loop.path))).toContain("read back and the same");
});

function flipByte(file: string, at: number): void {
  const handle = openSync(file, "r+");
  writeSync(handle, "x", at);
  fsyncSync(handle);
  closeSync(handle);
}
