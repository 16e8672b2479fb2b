import { open } from "node:fs/promises";
import { readGpt } from "../../../images/formats/gpt.ts";
import type { Recording } from "./recording.ts";
import { readWriteLog } from "./write-log.ts";

/** What happened to a card, in its order. */
export type CardEvent =
  | ({ readonly kind: "write"; readonly lasting: boolean } & Write)
  /** All so far lasts. */
  | { readonly kind: "flush" }
  /** The card may forget what is there; ours never does. */
  | { readonly kind: "discard" }
  /** What the emulator changed in a boot loader's place: all of it or nothing, and it lasts. */
  | { readonly kind: "loader"; readonly writes: readonly Write[] };

export interface Write {
  /** In bytes from the card's start. */
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The whole of a recording: how many events of it a moment comes after can be asked. */
export interface History {
  readonly events: readonly CardEvent[];
  /** How many events there were at the most when the log of machine `start` had so many bytes. */
  eventsAt(moment: Moment): number;
}

/** When something was seen from outside: by how much the log of the machine that ran had. */
export interface Moment {
  readonly start: number;
  readonly bytes: number;
}

const PIECE = 4096;

/**
 * Puts the logs of all starts behind each other. What the emulator wrote between two of them, in a boot loader's place, is in no log:
 * it is what was different on the boot partition when the next one began.
 */
export async function readHistory({ image, starts }: Recording): Promise<History> {
  const boot = (await readGpt(image)).find(({ name }) => name === "boot");
  if (!boot) throw new Error(`${image} has no boot partition`);
  const before = await readAt(image, boot.offset, boot.size);
  const events: CardEvent[] = [];
  const places: { first: number; at: readonly number[] }[] = [];
  for (const { log, bootPartition } of starts) {
    const writes = differences(before, await readAt(bootPartition, 0, boot.size), boot.offset);
    if (writes.length > 0) events.push({ kind: "loader", writes });
    const entries = await readWriteLog(log);
    places.push({ first: events.length, at: entries.map(({ at }) => at) });
    await using file = await open(log, "r");
    for (const { kind, offset, length, dataAt, lasting } of entries) {
      if (kind === "flush") events.push({ kind });
      else if (kind === "discard") events.push({ kind });
      else {
        const bytes = Buffer.alloc(length);
        await file.read(bytes, 0, length, dataAt);
        events.push({ kind, offset, bytes, lasting });
        if (offset >= boot.offset && offset < boot.offset + boot.size) bytes.copy(before, offset - boot.offset);
      }
    }
  }
  return {
    events,
    eventsAt({ start, bytes }) {
      const { first, at } = places[start] as (typeof places)[number];
      return first + at.filter((place) => place < bytes).length;
    },
  };
}

/** Writes that make `before` what `after` is, which it is afterwards. */
function differences(before: Buffer, after: Buffer, offset: number): Write[] {
  const writes: Write[] = [];
  for (let at = 0; at < after.length; at += PIECE) {
    const bytes = after.subarray(at, at + PIECE);
    if (before.subarray(at, at + PIECE).equals(bytes)) continue;
    bytes.copy(before, at);
    writes.push({ offset: offset + at, bytes: Buffer.from(bytes) });
  }
  return writes;
}

async function readAt(path: string, offset: number, length: number): Promise<Buffer> {
  await using file = await open(path, "r");
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 1 << 30), offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes;
}
