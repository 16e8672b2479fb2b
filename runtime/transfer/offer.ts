import { createHash } from "node:crypto";
import {
  CHUNK_HASH_BYTES,
  concat,
  type DeployOptions,
  StepppsError,
  TRANSFER_BOUNDS,
  type TransferOffer,
  type TransferWant,
} from "../contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../platform/index.ts";
import { averageFor, cut, LARGEST_AVERAGE, SMALLEST_AVERAGE, sizesFor } from "./cut.ts";

/** What is sent: the whole envelope, and how it should be deployed. */
export interface Artefact {
  /** SHA-256 of `bytes`, in hex. */
  readonly id: string;
  /** The envelope's content type. */
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly options: DeployOptions;
}

/** An artefact as it is offered. */
export interface Cut {
  readonly offer: TransferOffer;
  readonly encoded: Uint8Array;
  /** Views of the artefact. */
  readonly chunks: readonly Uint8Array[];
}

export function artefactId(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The name of a chunk within an offer. */
export function chunkHash(chunk: Uint8Array): Uint8Array {
  return createHash("sha256").update(chunk).digest().subarray(0, CHUNK_HASH_BYTES);
}

/** Cuts an artefact as fine as the bound on offers lets it. `bases`: ids of artefacts that the sender has. */
export function makeOffer({ type, bytes, options }: Omit<Artefact, "id">, bases: readonly string[] = []): Cut {
  for (let average = averageFor(bytes.length); average <= LARGEST_AVERAGE; average *= 2) {
    const lengths = cut(bytes, sizesFor(average));
    const chunks = split(bytes, lengths);
    const offer: TransferOffer = {
      type,
      bytes: bytes.length,
      average,
      hashes: concat(chunks.map(chunkHash)),
      lengths,
      ...(bases.length > 0 && { bases: concat(bases.slice(0, TRANSFER_BOUNDS.bases).map(basePrefix)) }),
      ...(Object.keys(options).length > 0 && { options }),
    };
    const encoded = encodeCbor(fromPlain(offer));
    if (encoded.length <= TRANSFER_BOUNDS.offerBytes) return { offer, encoded, chunks };
  }
  throw new StepppsError("E_TRANSFER_SIZE", `${bytes.length} bytes`);
}

/** The first bytes of an artefact's id, as an offer names it. */
function basePrefix(id: string): Uint8Array {
  return Buffer.from(id, "hex").subarray(0, CHUNK_HASH_BYTES);
}

export function split(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
}

/** Throws E_TRANSFER_OFFER, or E_TRANSFER_SIZE beyond `maxBytes`. */
export function decodeOffer(payload: Uint8Array, maxBytes: number): TransferOffer {
  if (payload.length > TRANSFER_BOUNDS.offerBytes) throw refuse(`${payload.length} bytes of offer`);
  const { type, bytes, average, hashes, lengths, bases, options } = fieldsOf(payload, refuse);
  if (typeof type !== "string" || type.length > 200) throw refuse("no type");
  if (!isWhole(bytes, 1, Number.MAX_SAFE_INTEGER)) throw refuse("no size");
  if (bytes > maxBytes) throw new StepppsError("E_TRANSFER_SIZE", `${bytes} bytes, at most ${maxBytes}`);
  if (!isWhole(average, SMALLEST_AVERAGE, LARGEST_AVERAGE) || (average & (average - 1)) !== 0) throw refuse("no average");
  const { maximum } = sizesFor(average);
  if (!Array.isArray(lengths) || !lengths.every((length) => isWhole(length, 1, maximum))) throw refuse("no lengths");
  if (lengths.reduce((sum, length) => sum + length, 0) !== bytes) throw refuse("the chunks are not the whole");
  if (!(hashes instanceof Uint8Array) || hashes.length !== lengths.length * CHUNK_HASH_BYTES) throw refuse("no hashes");
  if (bases !== undefined && !areBases(bases)) throw refuse("no bases");
  const chosen = options === undefined ? undefined : parseOptions(options);
  // What is kept of it must not keep the message's buffer.
  return {
    type,
    bytes,
    average,
    hashes: hashes.slice(),
    lengths,
    ...(bases && { bases: bases.slice() }),
    ...(chosen && { options: chosen }),
  };
}

export function encodeWant(want: TransferWant): Uint8Array {
  return encodeCbor(fromPlain(want));
}

/** What a device answered; `chunks`: how many were offered. Throws E_TRANSFER_OFFER. */
export function decodeWant(payload: Uint8Array, chunks: number): TransferWant {
  const malformed = (detail: string) => new StepppsError("E_TRANSFER_OFFER", `the device's answer: ${detail}`);
  const { missing, base, error } = fieldsOf(payload, malformed);
  if (!Array.isArray(missing) || !missing.every((index) => isWhole(index, 0, chunks - 1))) throw malformed("no chunks");
  return {
    missing,
    ...(base instanceof Uint8Array && { base: base.slice() }),
    ...(typeof error === "object" && error !== null && { error: error as NonNullable<TransferWant["error"]> }),
  };
}

/** The chunk's name in the offer. */
export function hashAt({ hashes }: TransferOffer, index: number): Uint8Array {
  return hashes.subarray(index * CHUNK_HASH_BYTES, (index + 1) * CHUNK_HASH_BYTES);
}

function parseOptions(options: unknown): DeployOptions {
  if (typeof options !== "object" || options === null) throw refuse("no options");
  const { canary } = options as Record<string, unknown>;
  if (canary === undefined) return {};
  if (!isWhole(canary, 1, 99)) throw refuse("canary is a whole number of percent from 1 to 99");
  return { canary };
}

function areBases(bases: unknown): bases is Uint8Array {
  const most = TRANSFER_BOUNDS.bases * CHUNK_HASH_BYTES;
  return bases instanceof Uint8Array && bases.length <= most && bases.length % CHUNK_HASH_BYTES === 0;
}

function fieldsOf(payload: Uint8Array, wrong: (detail: string) => StepppsError): Record<string, unknown> {
  let fields: unknown;
  try {
    fields = toPlain(decodeCbor(payload));
  } catch (cause) {
    throw wrong(cause instanceof StepppsError ? cause.detail : "not CBOR");
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields) || fields instanceof Uint8Array)
    throw wrong("no map");
  return fields as Record<string, unknown>;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

function refuse(detail: string): StepppsError {
  return new StepppsError("E_TRANSFER_OFFER", detail);
}
