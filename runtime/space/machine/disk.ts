/** Bytes since boot. Sums over disks or interfaces; a rate is the difference of two. */
export interface DiskCounters {
  readonly read: number;
  readonly written: number;
}

/** diskstats counts in sectors of 512 bytes, whatever the disk's own are (Documentation/admin-guide/iostats.rst). */
const SECTOR_BYTES = 512;

/** Devices that stand on others, which would be counted twice, or on memory. */
const STACKED = /^(loop|ram|zram|dm-|md|sr|fd)\d/;

/**
 * /proc/diskstats: "254 0 vda reads merged sectors ms writes merged sectors ms …", summed over the whole disks among
 * `disks` (the names in /sys/block, so that partitions are left out).
 */
export function parseDiskCounters(text: string, disks: readonly string[]): DiskCounters {
  const whole = new Set(disks.filter((name) => !STACKED.test(name)));
  let read = 0;
  let written = 0;
  for (const line of text.split("\n")) {
    const [, , name, , , readSectors, , , , writtenSectors] = line.trim().split(/\s+/);
    if (!name || !whole.has(name) || !isCount(readSectors) || !isCount(writtenSectors)) continue;
    read += Number(readSectors) * SECTOR_BYTES;
    written += Number(writtenSectors) * SECTOR_BYTES;
  }
  return { read, written };
}

function isCount(field: string | undefined): boolean {
  return field !== undefined && /^\d{1,15}$/.test(field);
}
