import type { ErrorTable } from "./table.ts";

/** Images: why a version was not taken, or was taken back. */
export const updateErrors = {
  E_IMAGE: {
    what: "The file is not an image bundle that this version knows",
    why: "A bundle begins with its mark and a signed envelope that describes every block behind it; all of that is checked before anything is written",
    fix: "Name the .bundle file that 'npm run image' wrote, unchanged",
  },
  E_IMAGE_BOARD: {
    what: "The image is for another board",
    why: "Kernel, device tree and boot loader files of one board do not start another",
    fix: "Build or fetch the bundle for this board: 'steppps update status' names it",
  },
  E_IMAGE_EXPIRED: {
    what: "The image has expired",
    why: "Whoever signed it said until when it may be installed, so that an old one can't be brought later",
    fix: "Fetch a newer bundle; if this device's clock is ahead, set it",
  },
  E_IMAGE_MINIMUM: {
    what: "The image cannot follow the version that is at work",
    why: "It needs what a version in between does first",
    fix: "Install the version that the detail names, then this one",
  },
  E_IMAGE_SIZE: {
    what: "The image is larger than the slot or the boot partition",
    why: "Nothing of it was written: a part of an image starts nothing",
    fix: "Flash a card with the newer, larger layout; settings and keys can be carried over with 'steppps backup'",
  },
  E_IMAGE_BLOCK: {
    what: "A block of the image is not what its signed index says",
    why: "Each block is compared with its SHA-256 before it is written",
    fix: "Copy the bundle again from where it was built; if it happens again, what serves it is damaged",
  },
  E_IMAGE_READ_BACK: {
    what: "What was written into the slot reads back as something else",
    why: "The whole slot is read back before it is ever started; the card may be worn out",
    fix: "Deploy it again; if it fails again, replace the card",
  },
  E_UPDATE_SOURCE: {
    what: "The bundle cannot be fetched",
    why: "The server, the link or the disk it is on does not answer as it should; a link that is away is tried again by itself",
    fix: "Check the address in the detail from another machine",
  },
  E_UPDATE_RANGES: {
    what: "The server does not send parts of a file",
    why: "Only blocks that this device lacks are fetched, with HTTP range requests, which every usual static server answers",
    fix: "Serve the bundle with a server that supports ranges, or let 'steppps update deploy FILE' serve it",
  },
  E_UPDATE_CHANGED: {
    what: "The bundle on the server is not the one that the update began with",
    why: "Blocks of two versions are never mixed",
    fix: "Deploy again what lies on the server now",
  },
  E_UPDATE_BUSY: {
    what: "Another update is under way",
    why: "There is one slot to write to, and a version on trial has to pass its gate first",
    fix: "Wait for it, or end it with 'steppps update refuse'",
  },
  E_UPDATE_UNKNOWN: {
    what: "There is no update that could be approved, refused or taken back",
    why: "It ended already, or the other slot holds nothing that starts",
    fix: "See 'steppps update status'",
  },
  E_UPDATE_DAMAGED: {
    what: "The other slot is damaged, so nothing goes back to it",
    why: "A file that it starts from is not what was written there, and a boot loader may stand still at it for ever",
    fix: "Deploy a version, which writes that slot anew",
  },
  E_UPDATE_NOWHERE: {
    what: "This device has no second slot",
    why: "Only a board that was started from one of our images is updated by image; elsewhere the host's own packages are",
    fix: "Update the packages of the machine instead",
  },
  E_UPDATE_REFUSED: {
    what: "A person refused the update",
    why: "It was still before its restart, and nothing at work was changed",
    fix: "Deploy it again when it is wanted",
  },
  E_UPDATE_REJECTED: {
    what: "This very version was taken back on this device before",
    why: "A version that failed is not tried again by itself, whoever sends it again",
    fix: "Deploy a corrected version; or try it again with 'steppps update approve' and the id of the update",
  },
  E_UPDATE_BOOT: {
    what: "The new version did not start",
    why: "The boot loader gave up on it and started the slot before",
    fix: "Look at the log in 'steppps update status'; deploy a corrected version",
  },
  E_UPDATE_GATE: {
    what: "The new version started and did not pass its health gate",
    why: "A slot is kept only when supervisor, plugins, broker, data and uplink work as before",
    fix: "Look at the reason and the log in 'steppps update status'; deploy a corrected version",
  },
  E_BOOT_CONTROL: {
    what: "The boot loader's files are not as they should be",
    why: "Which slot starts is written there, and nothing is guessed",
    fix: "Look at the file in the detail on the boot partition; flash the card again if it can't be mended",
  },
} as const satisfies ErrorTable;
