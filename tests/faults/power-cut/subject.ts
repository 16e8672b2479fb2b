import { mkdir } from "node:fs/promises";
import { boardImage } from "../../../images/disk/board-image.ts";
import { slotContents } from "../../../images/disk/slot.ts";
import type { Lock } from "../../../images/lock/schema.ts";
import type { ImagePlaces } from "../../../images/steps/places.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import { boardNamed } from "../../../images/verbs/boards.ts";
import { record } from "./record.ts";
import type { Recording } from "./recording.ts";

export interface Inputs {
  readonly lock: Lock;
  readonly places: ImagePlaces;
  /** With the groups "tools" and "qemu". */
  readonly tools: Toolset;
}

export interface SubjectOptions {
  readonly board: string;
  /** Where the recording is kept; need not be there. */
  readonly folder: string;
  /** ms between two messages of one sender. */
  readonly pause: number;
  say(line: string): void;
}

const VERSIONS = ["0.1.0", "0.1.1"] as const;

/** Builds a board's image and its next version, and records a device that goes from the first to the second. */
export async function recordBoard({ board: name, folder, pause, say }: SubjectOptions, inputs: Inputs): Promise<Recording> {
  const { lock, places, tools } = inputs;
  const board = boardNamed(name);
  const build = (version: string) => slotContents(board, { version, compression: "lz4hc" }, lock, tools, places);
  const slots = [await build(VERSIONS[0]), await build(VERSIONS[1])] as const;
  const image = await boardImage(slots[0], {}, lock, tools, places);
  await mkdir(folder, { recursive: true });
  return record({ board, image, slots, folder, pause, say }, tools);
}
