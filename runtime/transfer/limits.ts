import { StepppsError } from "../contract/index.ts";
import type { Transfer } from "./transfer.ts";

export interface TransferLimits {
  /** Of one artefact. */
  readonly bytes: number;
  /** Unfinished ones, in number and in bytes offered: one that is idle gives way to a new one. */
  readonly open: number;
  readonly openBytes: number;
  /** ms without a piece of it, after which one that was begun is idle. One of which nothing is on disk is so at once. */
  readonly idle: number;
  /** ms; unfinished ones that are older give way when another is offered. */
  readonly lifetime: number;
  /** Bytes a day that may be written for transfers which come to nothing; beyond, no new one is begun. */
  readonly wasted: number;
  /** Pieces that wait for the disk, in bytes. */
  readonly waitingBytes: number;
}

export const DEFAULT_TRANSFER_LIMITS: TransferLimits = {
  bytes: 8 * 1024 * 1024,
  open: 8,
  openBytes: 32 * 1024 * 1024,
  idle: 60_000,
  lifetime: 7 * 86_400_000,
  wasted: 256 * 1024 * 1024,
  waitingBytes: 4 * 1024 * 1024,
};

/** Which of the unfinished transfers go so that one of `bytes` has room: what is too old, then what was idle longest. Throws E_TRANSFER_BUSY. */
export function surplus(open: Iterable<Transfer>, bytes: number, limits: TransferLimits, now: number): Transfer[] {
  const kept = new Set(open);
  const gone: Transfer[] = [];
  let held = bytes;
  for (const { offer } of kept) held += offer.bytes;
  // Whatever way the clock was set meanwhile: nothing is held for ever.
  const idle = ({ handing, begun, touched }: Transfer) => !handing && (!begun || Math.abs(now - touched) >= limits.idle);
  for (const transfer of [...kept].filter(idle).toSorted((a, b) => a.touched - b.touched)) {
    const tooMuch = kept.size >= limits.open || held > limits.openBytes;
    if (!tooMuch && transfer.time + limits.lifetime >= now) continue;
    kept.delete(transfer);
    gone.push(transfer);
    held -= transfer.offer.bytes;
  }
  if (kept.size >= limits.open || held > limits.openBytes)
    throw new StepppsError("E_TRANSFER_BUSY", "other artefacts are under way");
  return gone;
}
