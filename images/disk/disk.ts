import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { type Board, imageSize, type Partition, partitionsOf } from "../../board-support/index.ts";
import { uuidOf } from "../rootfs/erofs.ts";
import type { Toolset } from "../toolset/toolset.ts";

/** Partition types: UEFI's own, Microsoft's basic data, and those of the Discoverable Partitions Specification. */
const TYPES = {
  esp: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
  "basic-data": "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
  root: { arm64: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE", x86_64: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709" },
  linux: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
} as const;

const SECTOR = 512;
const CHUNK = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK);

/** A partition's content: files of at most its size; root-b is empty until the first update. */
export type DiskContents = Readonly<Record<Exclude<Partition["name"], "root-b">, string>>;

/** Writes the image of a whole medium, sparse: a GPT and the partitions' contents. What identifies it follows from `seed`. */
export async function writeDisk(board: Board, contents: DiskContents, seed: string, file: string, tools: Toolset): Promise<void> {
  const partitions = partitionsOf(board);
  await rm(file, { force: true });
  await writeFile(file, "");
  await truncate(file, imageSize(board));
  const rows = partitions.map(
    ({ name, start, size }) =>
      `start=${start / SECTOR}, size=${size / SECTOR}, name=${name}, type=${typeOf(board, name)}, uuid=${identity(seed, name)}`,
  );
  const script = ["label: gpt", `label-id: ${identity(seed, "disk")}`, "unit: sectors", "table-length: 128", "", ...rows, ""];
  await tools.run("sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", file], { input: script.join("\n") });
  for (const { name, start, size } of partitions) {
    if (name === "root-b") continue;
    const content = contents[name];
    const length = (await stat(content)).size;
    if (length > size) throw new Error(`${board.name}: ${name} has ${size} bytes, and its content ${length}`);
    await copyInto(content, file, start);
  }
}

/** Copies a file into another, from `start` on; where it has nothing but zeros the other keeps its holes. */
async function copyInto(from: string, to: string, start: number): Promise<void> {
  await using disk = await open(to, "r+");
  let at = start;
  for await (const chunk of createReadStream(from, { highWaterMark: CHUNK })) {
    if (!ZEROS.subarray(0, chunk.length).equals(chunk)) await disk.write(chunk, 0, chunk.length, at);
    at += chunk.length;
  }
}

function typeOf(board: Board, name: Partition["name"]): string {
  if (name === "boot") return TYPES[board.layout.boot.type];
  return name === "data" ? TYPES.linux : TYPES.root[board.arch];
}

/** A UUID for one part of the medium. */
export function identity(seed: string, part: string): string {
  return uuidOf(createHash("sha256").update(`${seed} ${part}`).digest("hex"));
}
