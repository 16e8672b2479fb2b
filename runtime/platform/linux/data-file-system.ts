/** What it may grow to while it is mounted, in blocks of 4 KiB: 1 TiB. */
const LARGEST = 2 ** 28;

/** Written whole, so that nothing has to be made up for in the background. */
const EXTENDED = [`resize=${LARGEST}`, "lazy_itable_init=0", "lazy_journal_init=0", "nodiscard", "root_owner=0:0"] as const;

/**
 * Options of mke2fs for a data partition, which the device makes as large as its disk at the first start: blocks and inodes for a
 * large one, and a journal that suits it, as that doesn't grow with the rest. `extended`: more for `-E`.
 */
export function dataFileSystem(extended: readonly string[] = []): string[] {
  const layout = ["-b", "4096", "-i", "16384", "-J", "size=16", "-m", "1", "-O", "metadata_csum,64bit"];
  return ["-t", "ext4", "-L", "data", ...layout, "-E", [...extended, ...EXTENDED].join(",")];
}
