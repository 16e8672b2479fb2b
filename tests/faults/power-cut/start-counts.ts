import { crc32 } from "node:zlib";
import { SLOTS, type Slot } from "../../../runtime/contract/index.ts";

const SECTOR = 512;
/** The sector in front of the first partition. */
export const START_COUNTS_AT = 2047 * SECTOR;
const MARK = "STEPBOOT";
const SLOT_BYTES = 24;
const HASH_CHARACTERS = 16;
const CRC_AT = SECTOR - 4;
/** Of a slot, from which on the other one is started (kernel/init/starts.c). */
const MOST = { silent: 5, givenUp: 2 } as const;

/** What PID 1 has noted of a slot's starts: those that did not live for some seconds, and those that were given up. */
export interface StartCount {
  readonly silent: number;
  readonly givenUp: number;
  /** The first characters of the root hash that these are of. */
  readonly root: string;
}

export type StartCounts = Readonly<Record<Slot, StartCount>>;

/**
 * The sector in which PID 1 counts starts, as kernel/init/starts.h lays it out; undefined where nothing was counted yet. Throws where
 * it is neither. `start`: the card's, with that sector.
 */
export function startCountsOf(start: Buffer): StartCounts | undefined {
  const sector = start.subarray(START_COUNTS_AT, START_COUNTS_AT + SECTOR);
  if (sector.length === SECTOR && sector.every((byte) => byte === 0)) return undefined;
  if (sector.toString("latin1", 0, MARK.length) !== MARK || crc32(sector.subarray(0, CRC_AT)) !== sector.readUInt32LE(CRC_AT))
    throw new Error("the sector in which PID 1 counts starts is damaged");
  const [a, b] = SLOTS.map((_, i) => {
    const at = MARK.length + i * SLOT_BYTES;
    const root = sector.toString("latin1", at + 8, at + 8 + HASH_CHARACTERS);
    return { silent: sector.readUInt32LE(at), givenUp: sector.readUInt32LE(at + 4), root };
  }) as [StartCount, StartCount];
  return { a, b };
}

/**
 * The slot that PID 1 enters where a boot loader names `named`, and what it has counted then. `rootHash` has a slot's root hash, or
 * nothing where the slot isn't whole.
 */
export function entered(
  counts: StartCounts | undefined,
  named: Slot,
  rootHash: (slot: Slot) => string | undefined,
): { readonly slot: Slot; readonly counts: StartCounts } {
  const none = { silent: 0, givenUp: 0, root: "" };
  const next: Record<Slot, StartCount> = { a: none, b: none, ...counts };
  const know = (slot: Slot, hash: string) => {
    const root = hash.slice(0, HASH_CHARACTERS);
    if (next[slot].root !== root) next[slot] = { ...none, root };
  };
  const isBad = (slot: Slot) => next[slot].silent >= MOST.silent || next[slot].givenUp >= MOST.givenUp;
  const hash = rootHash(named);
  if (hash !== undefined) know(named, hash);
  let slot = named;
  if (isBad(named)) {
    const other = named === "a" ? "b" : "a";
    const otherHash = rootHash(other);
    if (otherHash !== undefined) know(other, otherHash);
    if (otherHash !== undefined && !isBad(other)) slot = other;
    else for (const each of SLOTS) next[each] = { ...next[each], silent: 0, givenUp: 0 };
  }
  next[slot] = { ...next[slot], silent: next[slot].silent + 1 };
  return { slot, counts: next };
}
