import { StepppsError } from "../../contract/errors/index.ts";
import type { Disk } from "./disks.ts";

/** What a running system can't do without. */
const SYSTEM = /^(?:\/|\/boot(?:\/.*)?|\/efi|\/usr|\/var|\/home|\/nix|\/data|swap)$/;

export interface DiskWanted {
  /** Bytes of the image. */
  readonly size: number;
  /** Also one that is built in. */
  readonly anyDisk: boolean;
}

/** The disk that `device` names, such as "/dev/sdb" or "sdb". Throws E_MEDIUM_UNKNOWN with those that there are. */
export function diskNamed(device: string, disks: readonly Disk[]): Disk {
  const disk = disks.find(({ name, path }) => device === path || device === name);
  if (!disk) throw new StepppsError("E_MEDIUM_UNKNOWN", `${device}; there are ${disks.map(describeDisk).join("; ") || "none"}`);
  return disk;
}

/** Throws what speaks against writing to a disk, the worst first: E_MEDIUM_SYSTEM, _BUSY, _FIXED, _READ_ONLY, _SMALL. */
export function checkDisk(disk: Disk, { size, anyDisk }: DiskWanted): void {
  const { path, uses, removable, readOnly } = disk;
  const system = uses.filter(({ what }) => SYSTEM.test(what));
  const listed = (some: typeof uses) => some.map(({ device, what }) => `${device}: ${what}`).join(", ");
  if (system.length > 0) throw new StepppsError("E_MEDIUM_SYSTEM", `${path} (${listed(system)})`);
  if (uses.length > 0) throw new StepppsError("E_MEDIUM_BUSY", `${path} (${listed(uses)})`);
  if (!removable && !anyDisk) throw new StepppsError("E_MEDIUM_FIXED", describeDisk(disk));
  if (readOnly) throw new StepppsError("E_MEDIUM_READ_ONLY", path);
  if (size > disk.size) throw new StepppsError("E_MEDIUM_SMALL", `it has ${size} bytes, ${path} ${disk.size}`);
}

/** For people: "/dev/sdb, SanDisk Ultra, 31.9 GB". */
export function describeDisk({ path, model, size }: Disk): string {
  return [path, model, `${(size / 1e9).toFixed(1)} GB`].filter(Boolean).join(", ");
}
