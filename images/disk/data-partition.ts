import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Toolset } from "../toolset/toolset.ts";

/** What it may grow to while it is mounted, in blocks of 4 KiB: 1 TiB. */
const LARGEST = 2 ** 28;

/**
 * Writes an empty ext4 for the data partition, which the device makes as large as its medium at the first start: blocks and inodes
 * for a large one, and a journal that suits it, as that doesn't grow with the rest.
 */
export async function writeDataPartition(file: string, size: number, uuid: string, time: number, tools: Toolset): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, "");
  await truncate(file, size);
  const extended = [
    `hash_seed=${uuid}`,
    `resize=${LARGEST}`,
    "lazy_itable_init=0",
    "lazy_journal_init=0",
    "nodiscard",
    "root_owner=0:0",
  ].join(",");
  const layout = ["-b", "4096", "-i", "16384", "-J", "size=16", "-m", "1", "-O", "metadata_csum,64bit"];
  const configuration = join(tools.root, "etc/mke2fs.conf");
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time), MKE2FS_CONFIG: configuration };
  const options = ["-q", "-F", "-t", "ext4", "-L", "data", "-U", uuid, "-E", extended, ...layout];
  await tools.run("mke2fs", [...options, file], { env });
}
