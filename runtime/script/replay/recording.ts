/** Batches from here on were handled by this version with these settings, from this state on. */
export interface Segment {
  readonly kind: "segment";
  /** Number of the first input from here on. */
  readonly seq: number;
  readonly version: string;
  /** The version as it was signed. */
  readonly envelope: Uint8Array;
  /** CBOR, as a `configure` input carries it. */
  readonly settings: Uint8Array;
  /** Restore inputs; empty where the plugin began here. */
  readonly state: Uint8Array;
}

/** Inputs that were handled together, and what they did, as the journal has them. */
export interface Batch {
  readonly kind: "batch";
  /** Number of the first of them. */
  readonly seq: number;
  readonly inputs: Uint8Array;
  readonly effects: Uint8Array;
}

/** What a device wrote down of a plugin, in order; begins with a segment. */
export type RecordingItem = Segment | Batch;

/** A part of a recording, as the method `inputs` answers. */
export interface RecordingPage {
  readonly items: readonly RecordingItem[];
  /** What to ask for the next part with; null at the end. */
  readonly next: RecordingCursor | null;
}

export interface RecordingCursor {
  /** Number of the last batch that was told. */
  readonly after: number;
  /** Where its segment began. */
  readonly segment: number;
}

/** Where a recording comes from. */
export interface RecordingHeader {
  readonly plugin: string;
  readonly device: string;
  /** When it was taken, ms since the epoch. */
  readonly taken: number;
}
