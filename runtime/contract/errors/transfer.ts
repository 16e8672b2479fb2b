import type { ErrorTable } from "./table.ts";

/** Artefacts on their way to a device, chunk by chunk. */
export const transferErrors = {
  E_TRANSFER_OFFER: {
    what: "An offer of an artefact is not valid",
    why: "It says which chunks the artefact is made of, within bounds, and is checked before anything is taken",
    fix: "Use the command line of the same version as the device",
  },
  E_TRANSFER_SIZE: {
    what: "An artefact is larger than the device takes",
    why: "What is taken in before its signatures can be checked is bounded",
    fix: "Make the plugin smaller",
  },
  E_TRANSFER_UNKNOWN: {
    what: "The device does not know of this transfer",
    why: "It was never offered, or was given up for newer ones; unfinished transfers are bounded in number, size and age",
    fix: "Nothing: the sender offers it again and sends what is missing",
  },
  E_TRANSFER_CHUNK: {
    what: "A piece of an artefact is not what was offered",
    why: "Each chunk is checked against its SHA-256 in the offer; nothing of the piece was kept",
    fix: "Send it again; if it happens again, something between sender and device changes what is sent",
  },
  E_TRANSFER_HASH: {
    what: "An artefact is whole and is not what its name says",
    why: "Its topic carries its SHA-256; all of it was thrown away",
    fix: "Send it again from the original file",
  },
  E_TRANSFER_BUSY: {
    what: "The device is taking in too much at once",
    why: "Pieces that wait for the disk are bounded, and so are transfers that are under way or came to nothing",
    fix: "Nothing: the sender waits and sends what is missing",
  },
  E_TRANSFER_STALLED: {
    what: "Nothing of the transfer arrived for too long",
    why: "The link, the broker or the device is away",
    fix: "Send it again: it goes on where it was; --timeout says how long to try",
  },
  E_TRANSFER_TYPE: {
    what: "The device does not take artefacts of this type",
    why: "An artefact says what it is, and each kind has one receiver",
    fix: "Use the command line of the same version as the device",
  },
} as const satisfies ErrorTable;
