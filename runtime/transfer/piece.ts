import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  concat,
  equalBytes,
  PIECE_BASE_BYTES,
  PIECE_FORM,
  StepppsError,
  TRANSFER_BOUNDS,
  type TransferOffer,
} from "../contract/index.ts";
import { chunkHash, hashAt, split } from "./offer.ts";

/** An artefact that both sides have. */
export interface Base {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface NumberedChunk {
  readonly index: number;
  readonly data: Uint8Array;
}

/** Beyond it the highest level takes a second a piece. */
const LARGE_BASE = 512 * 1024;

/** Node's types know the option since 25. */
type Dictionary = { dictionary: Uint8Array };

/** One message with these chunks, in the form that is shortest. Layout: contract/transfer.ts. */
export function encodePiece(chunks: readonly NumberedChunk[], base: Base | undefined): Uint8Array {
  const plain = concat(chunks.map(({ data }) => data));
  const level = (base?.bytes.length ?? 0) > LARGE_BASE ? 6 : 19;
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: base ? 24 : 20 };
  const packed = base
    ? zstdCompressSync(plain, { params, dictionary: base.bytes } as Parameters<typeof zstdCompressSync>[1] & Dictionary)
    : zstdCompressSync(plain, { params });
  const indexes = new DataView(new ArrayBuffer(1 + chunks.length * 2));
  indexes.setUint8(0, chunks.length);
  for (const [i, { index }] of chunks.entries()) indexes.setUint16(1 + i * 2, index);
  const list = new Uint8Array(indexes.buffer);
  if (packed.length >= plain.length) return concat([Uint8Array.of(PIECE_FORM.plain), list, plain]);
  if (!base) return concat([Uint8Array.of(PIECE_FORM.zstd), list, packed]);
  return concat([Uint8Array.of(PIECE_FORM.delta), Buffer.from(base.id, "hex").subarray(0, PIECE_BASE_BYTES), list, packed]);
}

/** The base that a piece needs: the first bytes of its id, in hex; undefined where it needs none. */
export function baseOf(piece: Uint8Array): string | undefined {
  if (piece[0] !== PIECE_FORM.delta) return undefined;
  return Buffer.from(piece.subarray(1, 1 + PIECE_BASE_BYTES)).toString("hex");
}

/** The chunks of a piece, each as it was offered. Throws E_TRANSFER_CHUNK. */
export function decodePiece(piece: Uint8Array, offer: TransferOffer, base: Uint8Array | undefined): NumberedChunk[] {
  const form = piece[0];
  let at = form === PIECE_FORM.delta ? 1 + PIECE_BASE_BYTES : 1;
  const count = piece[at++] ?? 0;
  if (count === 0 || piece.length < at + count * 2) throw refuse("it is cut short");
  const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
  const indexes: number[] = [];
  for (let i = 0; i < count; i++) indexes.push(view.getUint16(at + i * 2));
  const lengths = indexes.map((index) => offer.lengths[index]);
  if (!lengths.every((length) => length !== undefined)) throw refuse("there is no chunk of that number");
  const length = lengths.reduce((sum, one) => sum + one, 0);
  if (length > TRANSFER_BOUNDS.pieceBytes) throw refuse(`${length} bytes at once`);
  const plain = unpack(form, piece.subarray(at + count * 2), length, base);
  if (plain.length !== length) throw refuse("its length is not what was offered");
  return split(plain, lengths).map((data, i) => {
    const index = indexes[i] as number;
    if (!equalBytes(chunkHash(data), hashAt(offer, index))) throw refuse(`chunk ${index} is something else`);
    return { index, data };
  });
}

/** At most `length` bytes, whatever the sender says. */
function unpack(form: number | undefined, body: Uint8Array, length: number, base: Uint8Array | undefined): Uint8Array {
  if (form === PIECE_FORM.plain) return body;
  if (form !== PIECE_FORM.zstd && form !== PIECE_FORM.delta) throw refuse("no such form");
  if (form === PIECE_FORM.delta && !base) throw refuse("its base is not here");
  const bound = { maxOutputLength: length, params: { [constants.ZSTD_d_windowLogMax]: 24 } };
  try {
    return zstdDecompressSync(body, form === PIECE_FORM.delta && base ? ({ ...bound, dictionary: base } as typeof bound) : bound);
  } catch (cause) {
    throw new StepppsError("E_TRANSFER_CHUNK", "it can't be decompressed", { cause });
  }
}

function refuse(detail: string): StepppsError {
  return new StepppsError("E_TRANSFER_CHUNK", detail);
}
