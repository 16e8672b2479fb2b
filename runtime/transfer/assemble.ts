import type { Journal } from "../store/index.ts";
import type { StoredEnvelopes } from "./stored.ts";
import type { Transfer } from "./transfer.ts";

/** Looks where chunks that are not on disk by themselves lie in stored envelopes: these come and go. */
export async function locate(transfer: Transfer, stored: StoredEnvelopes): Promise<void> {
  const absent = transfer.offer.lengths.flatMap((_, index) => (transfer.staged.has(index) ? [] : [index]));
  transfer.stored = await stored.locate(transfer.offer, absent);
}

/** The whole artefact; undefined when a chunk is not here, or no longer. */
export async function assemble(
  transfer: Transfer,
  stored: StoredEnvelopes,
  journal: Pick<Journal, "read">,
): Promise<Uint8Array | undefined> {
  await locate(transfer, stored);
  if (!transfer.whole) return undefined;
  const { bytes: length, lengths } = transfer.offer;
  const bytes = new Uint8Array(length);
  const offsets: number[] = [];
  let at = 0;
  for (const one of lengths) {
    offsets.push(at);
    at += one;
  }
  for (const { number, data } of await journal.read("transfer.chunks", transfer.id)) bytes.set(data, offsets[number]);
  const envelopes = new Map<string, Uint8Array>();
  for (const [index, place] of transfer.stored) {
    const envelope = envelopes.get(place.id) ?? (await stored.read(place.id));
    if (!envelope) return undefined;
    envelopes.set(place.id, envelope);
    bytes.set(envelope.subarray(place.offset, place.offset + place.length), offsets[index]);
  }
  return bytes;
}
