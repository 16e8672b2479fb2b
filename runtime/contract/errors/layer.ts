import type { ErrorTable } from "./table.ts";

/** Layers: why one was not taken, was taken back, or doesn't work any more. */
export const layerErrors = {
  E_LAYER: {
    what: "The file is not a layer that this version knows",
    why: "A layer begins with its mark and a signed envelope that describes the file system behind it",
    fix: "Name the .layer file that 'npm run image -- --layer NAME' wrote, unchanged",
  },
  E_LAYER_ARCH: {
    what: "The layer is for another kind of processor",
    why: "Its programs would not start here",
    fix: "Build it with --arch as the detail says",
  },
  E_LAYER_MINIMUM: {
    what: "The layer needs a newer image",
    why: "Whoever built it said with which versions it works",
    fix: "Bring the device a newer image first: 'steppps update deploy'",
  },
  E_LAYER_EXPIRED: {
    what: "The layer has expired",
    why: "Whoever signed it said until when it may be installed, so that an old one can't be brought later",
    fix: "Build a new one; if this device's clock is ahead, set it",
  },
  E_LAYER_CONTENT: {
    what: "The layer's content is not what its signature covers",
    why: "All of it is compared with its SHA-256 before it is mounted for the first time; nothing of it was used",
    fix: "Copy the file again from where it was built",
  },
  E_LAYER_BUSY: {
    what: "Another layer is being brought",
    why: "They come one after the other",
    fix: "Wait until 'steppps layer list' no longer shows it as being fetched",
  },
  E_LAYER_MOUNT: {
    what: "The layer can't be mounted",
    why: "The kernel refuses it, or its file is gone; the rest of the device works without it",
    fix: "Bring it again with 'steppps layer add', or take it off with 'steppps layer remove'",
  },
  E_LAYER_DAMAGED: {
    what: "A block of the layer is not what it was when it was signed",
    why: "Each block is compared when it is read, and one that differs is not given to anybody; the card may be worn out",
    fix: "Bring the layer again with 'steppps layer add'; if it happens again, replace the card",
  },
  E_LAYER_HEALTH: {
    what: "The layer's programs do not work here",
    why: "A program of it has to run to its end before it is kept; where there was a version before, that is back",
    fix: "Look at the reason in the detail and bring a corrected version",
  },
  E_LAYER_UNKNOWN: {
    what: "There is no such layer",
    why: "Only what 'steppps layer list' shows can be removed",
    fix: "See 'steppps layer list'",
  },
  E_LAYER_NOWHERE: {
    what: "This device takes no layers",
    why: "Only a board that was started from one of our images mounts layers; elsewhere the host's own packages do their work",
    fix: "Install the programs as packages of the machine instead",
  },
} as const satisfies ErrorTable;
