import { type InstallSettings, StepppsError } from "../../../contract/index.ts";
import { checkDisk, type Disk, describeDisk, diskNamed } from "../../../platform/index.ts";

/** The disk that is meant. Throws E_INSTALL_CONFIRM with what to write, E_MEDIUM_UNKNOWN, and as `checkDisk` does. */
export function chosenDisk({ disk: name, confirm }: InstallSettings, disks: readonly Disk[], running: Disk | undefined): Disk {
  if (name === undefined) throw new StepppsError("E_INSTALL_CONFIRM", choices(disks.filter((disk) => disk !== running)));
  const disk = diskNamed(name, disks);
  checkDisk(disk, { size: 0, anyDisk: true });
  if (confirm !== identityOf(disk)) throw new StepppsError("E_INSTALL_CONFIRM", choices([disk]));
  return disk;
}

/** Names of disks change from start to start; what one says about itself does not. */
function identityOf({ model, serial, name }: Disk): string {
  return model || serial || name;
}

function choices(disks: readonly Disk[]): string {
  const lines = disks.map((disk) => `${describeDisk(disk)}: disk: ${disk.name}, confirm: ${JSON.stringify(identityOf(disk))}`);
  return lines.join("; ") || "this machine has no other disk";
}
