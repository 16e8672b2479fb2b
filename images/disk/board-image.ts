import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MEBIBYTE } from "../../board-support/index.ts";
import type { Lock } from "../lock/schema.ts";
import { fileHash } from "../steps/file-hash.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { writeBootPartition } from "./boot-partition.ts";
import { writeDataPartition } from "./data-partition.ts";
import { identity, writeDisk } from "./disk.ts";
import type { SlotContents } from "./slot.ts";

const RECIPE = 2;
const FILE = "disk.img";

/**
 * The image of a medium with `slot` in slot a: a raw, sparse file. `extra` are files for people on the boot partition, such as
 * steppps.yaml.
 */
export async function boardImage(
  slot: SlotContents,
  extra: Readonly<Record<string, string>>,
  lock: Lock,
  tools: Toolset,
  places: ImagePlaces,
): Promise<string> {
  const { board, root, files, commandLine, facts } = slot;
  const hashes = await Promise.all(Object.entries(files).map(async ([name, file]) => [name, await fileHash(file)]));
  const inputs = [RECIPE, board, facts, root.rootHash, hashes, commandLine, extra, tools.root, lock.time];
  const seed = createHash("sha256")
    .update(JSON.stringify(inputs.slice(0, -2)))
    .digest("hex");
  const folder = await made(places.cache, "disk", inputs, async (work) => {
    const [boot, data] = [join(work, "boot.part"), join(work, "data.part")];
    const { layout } = board;
    const volume = { size: layout.boot.size * MEBIBYTE, volumeId: seed.slice(0, 8), extra };
    await writeBootPartition(slot, volume, boot, lock, tools, places);
    await writeDataPartition(data, layout.data.size * MEBIBYTE, identity(seed, "data"), lock.time, tools);
    await writeDisk(board, { boot, "root-a": root.file, data }, seed, join(work, FILE), tools);
    await Promise.all([boot, data].map((part) => rm(part)));
  });
  return join(folder, FILE);
}
