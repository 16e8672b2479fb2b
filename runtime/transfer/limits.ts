import { StepppsError } from "../contract/index.ts";
import type { Transfer } from "./transfer.ts";

export interface TransferLimits {
  /** Of one artefact. */
  readonly bytes: number;
  /** Unfinished ones, in number and in bytes offered: the oldest gives way to a new one. */
  readonly open: number;
  readonly openBytes: number;
  /** ms; unfinished ones that are older give way when another is offered. */
  readonly lifetime: number;
  /** Pieces that wait for the disk, in bytes. */
  readonly waitingBytes: number;
}

export const DEFAULT_TRANSFER_LIMITS: TransferLimits = {
  bytes: 8 * 1024 * 1024,
  open: 8,
  openBytes: 32 * 1024 * 1024,
  lifetime: 7 * 86_400_000,
  waitingBytes: 4 * 1024 * 1024,
};

/** Which of the unfinished transfers go so that one of `bytes` has room: what is too old, then the oldest. Throws E_TRANSFER_BUSY. */
export function surplus(open: Iterable<Transfer>, bytes: number, limits: TransferLimits, now: number): Transfer[] {
  const kept = new Set(open);
  const gone: Transfer[] = [];
  let held = bytes;
  for (const { offer } of kept) held += offer.bytes;
  for (const transfer of [...kept].filter(({ handing }) => !handing).toSorted((a, b) => a.time - b.time)) {
    const tooMuch = kept.size >= limits.open || held > limits.openBytes;
    if (!tooMuch && transfer.time + limits.lifetime >= now) continue;
    kept.delete(transfer);
    gone.push(transfer);
    held -= transfer.offer.bytes;
  }
  if (kept.size >= limits.open || held > limits.openBytes)
    throw new StepppsError("E_TRANSFER_BUSY", "other artefacts are being put to work");
  return gone;
}
