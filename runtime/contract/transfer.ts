/**
 * How an artefact (a signed envelope: plugin, metadata, later model or image) travels: cut into chunks by its content, each named by
 * its SHA-256, so that chunks which are there already, from a transfer cut short or from the version before, are not sent.
 *
 *   sender                                   device
 *   offer {chunks: [hash length]…}   ──▶     looks which it has: chunks kept, and cuts of artefacts in use
 *                                    ◀──     want {missing: [index]…}
 *   pieces, a few in flight          ──▶     each chunk's SHA-256 is checked; on disk before PUBACK
 *   …
 *                                            whole: its SHA-256 is checked, then it is handed on
 *
 * A piece is one message with some of the chunks, as many as the link carries quickly; all integers are big endian:
 *
 *   u8 form │ form 2: first 8 bytes of the base's id │ u8 n │ n × u16 chunk's index │ the chunks back to back, plain or compressed
 */
/** The content type of a plugin's envelope. */
export const PLUGIN_CONTENT_TYPE = "application/vnd.steppps.plugin+cbor";

export interface TransferOffer {
  /** What it is, as the envelope's content type says. */
  readonly type: string;
  readonly bytes: number;
  /** For each chunk the first 16 bytes of its SHA-256, one after the other. The whole is checked against the artefact's own name. */
  readonly hashes: Uint8Array;
  /** Length of each chunk. */
  readonly lengths: readonly number[];
  /** The average that it was cut with, by which the device cuts what it has. */
  readonly average: number;
  /** The first 16 bytes of the ids of artefacts that the sender has: for one that is here too, chunks can be sent as what differs. */
  readonly bases?: Uint8Array;
  /** How it should be deployed. */
  readonly options?: DeployOptions;
}

export interface TransferWant {
  /** Indexes of chunks to send, in order; empty when it is whole. */
  readonly missing: readonly number[];
  /** One of the offer's bases that is here: pieces may be compressed with it as the dictionary. */
  readonly base?: Uint8Array;
  /** Why it is not taken. */
  readonly error?: { readonly code: string; readonly what: string; readonly detail: string; readonly fix: string };
}

/** What whoever deploys may ask for beyond the version itself; none of it is a right. */
export interface DeployOptions {
  /** Percent of the inputs, by key, that the new version gets first. */
  readonly canary?: number;
}

export const CHUNK_HASH_BYTES = 16;

/** `delta`: Zstandard with the whole base as its dictionary. */
export const PIECE_FORM = { plain: 0, zstd: 1, delta: 2 } as const;
export const PIECE_BASE_BYTES = 8;

/** Bounds of what a device takes; a sender keeps them. */
export const TRANSFER_BOUNDS = {
  offerBytes: 64 * 1024,
  /** Of one message, before it is compressed. */
  pieceBytes: 256 * 1024,
  pieceChunks: 255,
  bases: 8,
} as const;
