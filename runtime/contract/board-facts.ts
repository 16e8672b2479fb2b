import type { Static } from "typebox";
import { Type } from "./type.ts";

/** Ways in which a board chooses the slot that it boots; `none` has one slot for ever, as a container has. */
const BOOT_CONTROLS = ["systemd-boot", "u-boot", "tryboot", "jetson", "direct", "none"] as const;
export type BootControlName = (typeof BOOT_CONTROLS)[number];

/** `board.json` of an image: what the image knows about itself. */
export const BoardFacts = Type.Object(
  {
    /** As in `npm run image -- --board`. */
    board: Type.String({ pattern: "^[a-z0-9][a-z0-9_-]{0,62}$" }),
    bootControl: Type.Enum(BOOT_CONTROLS),
    version: Type.String({ minLength: 1, maxLength: 100 }),
    /** When it was built, in seconds since the epoch: no clock is earlier. */
    buildTime: Type.Integer({ minimum: 0, maximum: 253_402_300_799 }),
    arch: Type.Union([Type.Literal("arm64"), Type.Literal("x86_64")]),
  },
  { additionalProperties: false },
);
export type BoardFacts = Static<typeof BoardFacts>;
