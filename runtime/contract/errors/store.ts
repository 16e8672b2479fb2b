import type { ErrorTable } from "./table.ts";

/** The journal: what the device knows and must not forget. */
export const storeErrors = {
  E_STORE_FULL: {
    what: "The journal has no room left",
    why: "The disk is full or the journal has reached its limit; nothing of this transaction was kept",
    fix: "Free space on the data partition, or raise the journal's limit in steppps.yaml",
  },
  E_STORE_CONFLICT: {
    what: "A row does not fit the journal",
    why: "It must be new and is already there, or a value is outside what its column takes; nothing of this transaction was kept",
    fix: "Report it: the supervisor asked for something contradictory",
  },
  E_STORE_VALUE: {
    what: "A value cannot be stored",
    why: "Each statement takes a fixed number of texts, byte strings and whole numbers within ±2^53",
    fix: "Report it: the supervisor asked for something contradictory",
  },
  E_STORE_IO: {
    what: "The disk failed while the journal was read or written",
    why: "After a failed write nobody knows what is on the disk, so the journal stops taking changes until it is opened again",
    fix: "Check the card or disk (dmesg shows its errors), replace it if it keeps failing, then restart the supervisor",
  },
  E_STORE_CORRUPT: {
    what: "The journal is damaged",
    why: "A page of it is not what was written; at the next start it is set aside and what can be read is copied into a new one",
    fix: "Restart the supervisor; if it happens again, replace the card or disk",
  },
  E_STORE_FOREIGN: {
    what: "The journal's file belongs to another program",
    why: "It is a SQLite database without this program's mark; it is left as it is",
    fix: "Choose another data directory, or move that file away",
  },
  E_STORE_NEWER: {
    what: "The journal was written by a newer version",
    why: "Something that this version needs was taken out of its schema since; it is left as it is",
    fix: "Start the newer version again, or choose another data directory",
  },
  E_STORE_CLOSED: {
    what: "The journal is closed",
    why: "It was closed, or its thread has ended",
    fix: "Restart the supervisor; if it was not stopping, report it with the log's last lines",
  },
} as const satisfies ErrorTable;
