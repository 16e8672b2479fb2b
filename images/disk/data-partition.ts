import { rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dataFileSystem } from "../../runtime/platform/index.ts";
import type { Toolset } from "../toolset/toolset.ts";

/** Writes an empty ext4 for the data partition; the same bytes for the same arguments. */
export async function writeDataPartition(file: string, size: number, uuid: string, time: number, tools: Toolset): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, "");
  await truncate(file, size);
  const configuration = join(tools.root, "etc/mke2fs.conf");
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(time), MKE2FS_CONFIG: configuration };
  const options = ["-q", "-F", "-U", uuid, ...dataFileSystem([`hash_seed=${uuid}`])];
  await tools.run("mke2fs", [...options, file], { env });
}
