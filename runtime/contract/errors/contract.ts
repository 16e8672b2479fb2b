import type { ErrorTable } from "./table.ts";

/** Values that cross a boundary and do not have the agreed shape. */
export const contractErrors = {
  E_SCHEMA: {
    what: "A value does not have the shape its schema asks for",
    why: "Every boundary parses what it is given and refuses the rest",
    fix: "Correct the field named in the detail",
  },
  E_TOPIC: {
    what: "A topic name is not valid",
    why: "MQTT 3.1.1 section 4.7 forbids wildcards, NUL and empty names in a topic",
    fix: "Use 1 to 65,535 bytes of UTF-8 without '+', '#' or NUL",
  },
  E_TOPIC_FILTER: {
    what: "A topic filter is not valid",
    why: "MQTT 3.1.1 section 4.7.1 lets '+' stand for a whole level and '#' only for the last",
    fix: "Write filters such as sensors/+/temperature or sensors/#",
  },
  E_FRAME: {
    what: "A batch of inputs or effects is cut short or has a length that does not fit",
    why: "Frames are read only when every length in them stays inside the buffer",
    fix: "If it came from the journal, run 'steppps status' and restore from the last good copy; otherwise report it",
  },
  E_DOCUMENT: {
    what: "The device document is not valid",
    why: "steppps.yaml is checked as a whole; the device goes on with the last good one",
    fix: "Correct the line that the detail names; a supervisor that runs reads the file again when it is saved",
  },
  E_DOCUMENT_ABSENT: {
    what: "The device document is not there",
    why: "The file was removed, or the card's first partition can't be read; the device goes on with the last good document",
    fix: "Put steppps.yaml back on the card's first partition; an empty file is a document in which everything is as at first",
  },
  E_DURATION: {
    what: "A duration is not valid",
    why: "Durations are a number and a unit: ms, s, m, h or d",
    fix: "Write for example 500ms, 5s, 2m, 1h or 7d",
  },
} as const satisfies ErrorTable;
