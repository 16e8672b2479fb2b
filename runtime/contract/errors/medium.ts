import type { ErrorTable } from "./table.ts";

/** Writing a whole medium: a card, a stick, a disk. */
export const mediumErrors = {
  E_MEDIUM_UNKNOWN: {
    what: "There is no such disk",
    why: "An image is written to a whole disk; a partition, a file or a name that nothing has is none",
    fix: "Name one of the disks in the detail, such as /dev/sdb",
  },
  E_MEDIUM_SYSTEM: {
    what: "This disk runs the machine",
    why: "Its root file system, or another that the system can't do without, is on it; writing an image would destroy it",
    fix: "Name the card or the stick: look at which disk appears when you plug it in",
  },
  E_MEDIUM_BUSY: {
    what: "The disk is in use",
    why: "A file system on it is mounted, or something else holds it open; what uses it would be destroyed",
    fix: "Unmount what the detail names, in the file manager or with 'umount', then run this again",
  },
  E_MEDIUM_FIXED: {
    what: "The disk is not one that is taken out",
    why: "Cards and sticks are; a built-in disk is more often named by mistake than on purpose",
    fix: "Name the card or the stick; if this disk is meant, add --any-disk",
  },
  E_MEDIUM_SMALL: {
    what: "The image does not fit",
    why: "It is larger than the disk",
    fix: "Take a larger one",
  },
  E_MEDIUM_READ_ONLY: {
    what: "The disk is write-protected",
    why: "The card's switch is on 'lock', or its reader or the disk itself has become read-only",
    fix: "Move the switch on the card's side; a card that stays read-only is worn out",
  },
  E_MEDIUM_DENIED: {
    what: "You may not write to the disk",
    why: "Disks belong to root",
    fix: 'Take it until it is plugged in again: sudo chown "$USER" and the path in the detail, then run this again',
  },
  E_MEDIUM_CONFIRM: {
    what: "The disk was not confirmed, and nothing was written",
    why: "Everything on it would be lost, so its name has to be typed, or given with --confirm",
    fix: "Run it again and type the disk's name as it is shown",
  },
  E_MEDIUM_IMAGE: {
    what: "The file is not an image of a disk",
    why: "An image has a partition table at its beginning, its checksum where a .sha256 lies beside it, and no end before its end",
    fix: "Name the .img or .img.xz that 'npm run image' wrote; fetch it again if it was downloaded",
  },
  E_MEDIUM_WRITE: {
    what: "The disk could not be written",
    why: "The system reports an error: it was pulled out, or it is broken; it starts nothing as it is now",
    fix: "Plug it in again and repeat; take another one if that fails too",
  },
  E_MEDIUM_VERIFY: {
    what: "The disk does not hold what was written",
    why: "It was read back without the machine's cache and has other content: it is worn out, or smaller than it says",
    fix: "Take another card or stick; if that fails too, another reader",
  },
  E_MEDIUM_HOST: {
    what: "Disks are written by this command on Linux only",
    why: "It finds out from Linux which disks there are and what uses them",
    fix: "Write the .img.xz with Raspberry Pi Imager, 'Use custom'",
  },
} as const satisfies ErrorTable;
