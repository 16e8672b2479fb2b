import { open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Partition, partitionsOf } from "../../../board-support/index.ts";
import { boardImage } from "../../../images/disk/board-image.ts";
import { type SlotContents, slotContents } from "../../../images/disk/slot.ts";
import { readGpt } from "../../../images/formats/gpt.ts";
import { cyclonedx } from "../../../images/sbom/cyclonedx.ts";
import { fileHash } from "../../../images/steps/file-hash.ts";
import { run } from "../../../images/steps/run.ts";
import { bootControl, chooseDirect, linuxBootVolume } from "../../../runtime/platform/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { boardOf, builder, withoutResults } from "./support.ts";

/** With empty caches a kernel, tools and an emulator are fetched. */
const LONG = 900_000;
const board = boardOf("qemu-x86_64");
const OPTIONS = { version: "1.2.3", compression: "lz4hc" } as const;
const EXTRA = { "steppps.yaml": "name: edge\n" };

let all: Awaited<ReturnType<typeof builder>>;
let slot: SlotContents;
let disk: string;

beforeAll(async () => {
  all = await builder();
  const { lock, tools, places } = all;
  slot = await slotContents(board, OPTIONS, lock, tools, places);
  disk = await boardImage(slot, EXTRA, lock, tools, places);
}, LONG);

test(
  "an image that is made again, elsewhere and from nothing, is the same byte for byte",
  async () => {
    using folder = tempFolder("image");
    const { lock, tools, places } = withoutResults(all, folder.path);
    const umask = process.umask(0o077);
    try {
      const again = await slotContents(board, OPTIONS, lock, tools, places);
      expect(await fileHash(again.root.file)).toBe(await fileHash(slot.root.file));
      const other = await boardImage(again, EXTRA, lock, tools, places);
      expect(other).not.toBe(disk);
      expect(await fileHash(other)).toBe(await fileHash(disk));
    } finally {
      process.umask(umask);
    }
  },
  LONG,
);

test("another program finds the partitions where the board's data has them", async () => {
  const { tools } = all;
  expect(await tools.run("sfdisk", ["--verify", disk])).toContain("No errors detected");
  const listed = JSON.parse(await tools.run("sfdisk", ["--json", disk])).partitiontable.partitions;
  const found = listed.map(({ name, start, size }: Partition) => ({ name, start: start * 512, size: size * 512 }));
  expect(found).toEqual(partitionsOf(board));
  expect((await readGpt(disk)).map(({ name }) => name)).toEqual(["boot", "root-a", "root-b", "data"]);
});

test("the boot and data partitions are without fault for the programs that check them", async () => {
  using folder = tempFolder("parts");
  await all.tools.run("fsck.fat", ["-n", await partition("boot", folder.path)]);
  await all.tools.run("e2fsck", ["-fn", await partition("data", folder.path)]);
});

test("the boot partition holds slot a as the device's own code expects it", async () => {
  using folder = tempFolder("boot");
  const fat = await partition("boot", folder.path);
  const copy = join(folder.path, "files");
  await run("mkdir", [copy]);
  await all.tools.run("mcopy", ["-i", fat, "-s", "-n", "::*", copy]);
  const control = bootControl(board.bootControl, linuxBootVolume({ path: copy, remount: false }));
  expect([await control.whole("a"), await control.blessed("a"), await control.whole("b")]).toEqual([true, true, false]);
  expect(chooseDirect(await readFile(join(copy, "slots.txt"), "utf8")).slot).toBe("a");
  const cmdline = await readFile(join(copy, "a/cmdline"), "utf8");
  expect(cmdline).toContain("steppps.slot=a ");
  expect(cmdline).toContain(`steppps.verity=${slot.root.rootHash},`);
  expect(await fileHash(join(copy, "a/kernel"))).toBe(await fileHash(slot.files.kernel));
  expect(await readFile(join(copy, "steppps.yaml"), "utf8")).toBe(EXTRA["steppps.yaml"]);
});

test("the root holds what its hash tree says, and one flipped bit shows", async () => {
  using folder = tempFolder("root");
  const { rootHash, salt, dataBlocks, hashOffset, size } = slot.root;
  const file = await partition("root-a", folder.path, size);
  expect(await fileHash(file)).toBe(await fileHash(slot.root.file));
  const layout = ["--no-superblock", `--salt=${salt}`, `--data-blocks=${dataBlocks}`, `--hash-offset=${hashOffset}`];
  const verify = () => all.tools.run("veritysetup", ["verify", ...layout, file, file, rootHash]);
  await verify();
  const bytes = await readFile(file);
  bytes[hashOffset >> 1] = (bytes[hashOffset >> 1] as number) ^ 1;
  await writeFile(file, bytes);
  await expect(verify()).rejects.toThrow("failed");
});

test("the root is read by erofs' own checker, and holds a device: no more than it needs, and nobody can log in", async () => {
  using folder = tempFolder("root");
  const out = join(folder.path, "root");
  await all.tools.run("fsck.erofs", [`--extract=${out}`, "--no-preserve-owner", slot.root.file]);
  const text = (path: string) => readFile(join(out, path), "utf8");
  expect(JSON.parse(await text("usr/lib/steppps/board.json"))).toEqual(slot.facts);
  expect(await text("etc/os-release")).toContain("IMAGE_ID=steppps-qemu-x86_64\nIMAGE_VERSION=1.2.3\n");
  expect(await text("etc/shadow")).toBe("root:*:::::::\nnobody:!:::::::\n");
  expect((await stat(join(out, "etc/shadow"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(out, "tmp"))).mode & 0o7777).toBe(0o1777);
  expect((await stat(out)).mode & 0o777).toBe(0o755);
  expect(await run("find", [out, "-perm", "/6000", "-type", "f"])).toBe("");
  const others = await run("find", [out, "-perm", "/022", "!", "-type", "l", "!", "-path", join(out, "tmp")]);
  expect(others).toBe("");
  // Nothing of this machine is in it.
  const paths = await run("grep", ["-rlF", all.places.root, out]).catch(() => "");
  expect(paths).toBe("");
});

test("the list of contents names what is in the image, each with a version and where it came from", async () => {
  const parts = { facts: slot.facts, alpine: slot.packages, debian: slot.debian, npm: slot.npm, sha256: await fileHash(disk) };
  const bom = cyclonedx(parts) as { specVersion: string; components: { name: string; version: string; purl: string }[] };
  expect(bom.specVersion).toBe("1.6");
  const names = bom.components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["musl", "busybox", "node", "wasmtime", "aedes", "mqtt", "yaml"]));
  expect(names.some((name) => name.startsWith("linux-image-"))).toBe(true);
  for (const { version, purl } of bom.components)
    expect([version, purl]).toEqual([expect.stringMatching(/\d/), expect.stringMatching(/^pkg:/)]);
  expect(cyclonedx(parts)).toEqual(bom);
});

test("a root that is too large for its partition is refused", async () => {
  const { lock, tools, places } = all;
  const small = { ...board, layout: { ...board.layout, root: { size: 8 } } };
  await expect(boardImage({ ...slot, board: small }, {}, lock, tools, places)).rejects.toThrow("root-a has 8388608 bytes");
});

/** A partition as a file. */
async function partition(name: Partition["name"], folder: string, length?: number): Promise<string> {
  const { start, size } = partitionsOf(board).find((each) => each.name === name) as Partition;
  const file = join(folder, name);
  const content = Buffer.alloc(length ?? size);
  await using image = await open(disk);
  await image.read(content, 0, content.length, start);
  await writeFile(file, content);
  return file;
}
