import type { ErrorTable } from "./table.ts";

/** Looking after a device: owners, backups, documents that change while it runs. */
export const operationErrors = {
  E_BACKUP_FORMAT: {
    what: "The file is not a backup of a device",
    why: "A backup is what 'steppps backup' wrote: a tar archive that begins with its manifest, compressed, and encrypted where it holds keys",
    fix: "Name the file that 'steppps backup' wrote",
  },
  E_BACKUP_DAMAGED: {
    what: "The backup is damaged",
    why: "Every file in it is checked against the manifest's SHA-256 before anything is changed, and one does not fit",
    fix: "Copy the file again from where it was kept, or take an older backup",
  },
  E_BACKUP_NEWER: {
    what: "The backup was made by a newer version",
    why: "It holds what this version does not know how to put back",
    fix: "Update this checkout, then restore again",
  },
  E_BACKUP_PASSPHRASE: {
    what: "The passphrase does not open the backup",
    why: "It is not the one that the backup was made with, or the file was changed",
    fix: "Try again; without the passphrase nothing can open the file",
  },
  E_BACKUP_NO_PASSPHRASE: {
    what: "A passphrase is needed",
    why: "A backup with the device's keys is encrypted, always",
    fix: "Type it when asked, or pass it in STEPPPS_PASSPHRASE; it has at least 12 characters",
  },
  E_BACKUP_NO_IDENTITY: {
    what: "The backup holds no identity",
    why: "Keys are in a backup only when it was made with --identity",
    fix: "Restore without --identity: the device makes keys of its own",
  },
  E_RESTORE_TARGET: {
    what: "There is something in the folder already",
    why: "A restore puts nothing over what a device has",
    fix: "Name an empty folder with --data, or say --replace: what is there is then moved aside, not deleted",
  },
  E_PAIRING_CLOSED: {
    what: "The device cannot be claimed now",
    why: "It has an owner already, or shows no code because too many wrong ones were tried; a new code comes ten minutes later",
    fix: "Ask its owner to trust your key ('steppps keys trust'), or wait for the next code",
  },
  E_PAIRING_CODE: {
    what: "The pairing code is not the one that the device shows",
    why: "Five tries are allowed for each code",
    fix: "Read it again from the device's console or its page, and mind that it changes every ten minutes",
  },
  E_PAIRING_DEVICE: {
    what: "Whoever answered does not know the pairing code",
    why: "The device proves that it knows the code too; this one did not, so it is not the device whose code you read",
    fix: "Check --device and --broker; somebody may be answering in its place",
  },
} as const satisfies ErrorTable;
