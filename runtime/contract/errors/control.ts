import type { ErrorTable } from "./table.ts";

/** Requests to a device, over MQTT or from its page. */
export const controlErrors = {
  E_CONTROL: {
    what: "A request to the device is not valid",
    why: "Requests name a method that the device has, and are CBOR or JSON with the arguments that the method takes",
    fix: "Correct what the detail names; 'steppps --help' lists what can be asked",
  },
  E_CONTROL_BUSY: {
    what: "The device has too many requests to answer",
    why: "Requests wait in memory, and there is a bound on how many",
    fix: "Ask again later",
  },
  E_CONTROL_UNSIGNED: {
    what: "A request that changes the device, or shows what its plugins were given, is not signed",
    why: "What comes from another machine counts only with the signature of a key that may ask for it, whoever carried it",
    fix: "Give the command a key that may ask for it with --sign, or ask on the device itself",
  },
  E_CONTROL_ABSENT: {
    what: "The device does not answer this here",
    why: "The part that would answer is not running",
    fix: "Look at 'steppps plugin logs' for what kept it from starting",
  },
  E_CONTROL_ANSWER: {
    what: "The answer cannot be sent",
    why: "It is larger than a message may be, or holds what has no CBOR form",
    fix: "Ask for less with a limit",
  },
} as const satisfies ErrorTable;
