import type { ErrorTable } from "./table.ts";

/** The machine below: files, processes, time, and the faults that tests ask for. */
export const platformErrors = {
  E_FAULT: {
    what: "A fault that was asked for happened",
    why: "STEPPPS_FAULT is set in the environment",
    fix: "Unset STEPPPS_FAULT",
  },
  E_FAULT_SPEC: {
    what: "STEPPPS_FAULT does not name a fault",
    why: "It is point:action, with the points that runtime/contract/fault.ts lists and the actions kill, error, delay=ms",
    fix: "Correct it, for example commit:after-write:kill, or unset it",
  },
  E_DATA_IN_USE: {
    what: "The data directory is in use by another supervisor",
    why: "Two of them would overwrite each other's work",
    fix: "Stop the other one, or choose another data directory",
  },
  E_DISK_FULL: {
    what: "The disk is full",
    why: "The file was not written; what was there before is untouched",
    fix: "Free space on the disk named in the detail",
  },
  E_FILE: {
    what: "A file could not be read or written",
    why: "The operating system refused",
    fix: "Check that the path in the detail exists and that this user may use it",
  },
  E_FILE_TOO_LARGE: {
    what: "A file is larger than anything expected there",
    why: "Files are read only up to a bound, so that none can fill the memory",
    fix: "Check that the path in the detail is the file that was meant",
  },
} as const satisfies ErrorTable;
