import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { asStepppsError, concat, StepppsError } from "../../contract/index.ts";
import { type Cbor, decodeCbor, encodeCbor } from "../../platform/index.ts";
import type { RecordingHeader, RecordingItem } from "./recording.ts";

const FORMAT = "steppps-recording";
const FORMAT_VERSION = 1;
/** The largest item is a state with its version's envelope: 64 MiB of memory, and 8 MiB. */
const MAX_ITEM_BYTES = 96 * 1024 * 1024;

/**
 * Writes a recording, to be replayed elsewhere: Zstandard (RFC 8878) over
 *
 *   u32 length, little endian │ deterministic CBOR of that length │ …
 *
 * of which the first is the header. It holds what the plugin was sent: as confidential as that.
 */
export async function writeRecording(file: string, header: RecordingHeader, items: AsyncIterable<RecordingItem>): Promise<void> {
  await pipeline(Readable.from(frames(header, items)), createZstdCompress(), createWriteStream(file, { mode: 0o600 }));
}

async function* frames(header: RecordingHeader, items: AsyncIterable<RecordingItem>): AsyncIterable<Uint8Array> {
  yield frame([FORMAT, FORMAT_VERSION, header.plugin, header.device, header.taken]);
  for await (const item of items) {
    if (item.kind === "batch") yield frame(["batch", item.seq, item.inputs, item.effects]);
    else yield frame(["segment", item.seq, item.version, item.envelope, item.settings, item.state]);
  }
}

function frame(value: Cbor): Uint8Array {
  const body = encodeCbor(value);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length, true);
  return concat([length, body]);
}

/** Reads what writeRecording wrote, item by item. Throws E_RECORDING for anything else, also on the way. */
export async function readRecording(
  file: string,
): Promise<{ header: RecordingHeader; items: AsyncIterableIterator<RecordingItem> }> {
  const values = parsed(file);
  const first = await values.next();
  const [format, version, plugin, device, taken] = (first.done ? [] : first.value) as readonly Cbor[];
  if (format !== FORMAT || typeof plugin !== "string" || typeof device !== "string" || typeof taken !== "number")
    throw new StepppsError("E_RECORDING", "it does not begin as one");
  if (version !== FORMAT_VERSION) throw new StepppsError("E_RECORDING", `it is of format ${version}, this is ${FORMAT_VERSION}`);
  return { header: { plugin, device, taken }, items: items(values) };
}

async function* items(values: AsyncIterableIterator<Cbor>): AsyncIterableIterator<RecordingItem> {
  for await (const value of values) yield parseItem(value);
}

async function* parsed(file: string): AsyncIterableIterator<Cbor> {
  try {
    for await (const body of bodies(createReadStream(file).pipe(createZstdDecompress()))) yield decodeCbor(body);
  } catch (error) {
    throw new StepppsError("E_RECORDING", asStepppsError(error, "E_RECORDING").detail, { cause: error });
  }
}

async function* bodies(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let have = 0;
  let want = 4;
  let inBody = false;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    have += chunk.length;
    if (have < want) continue;
    let rest = concat(waiting);
    while (rest.length >= want) {
      if (inBody) yield rest.subarray(0, want);
      const next = inBody ? 4 : new DataView(rest.buffer, rest.byteOffset).getUint32(0, true);
      if (next > MAX_ITEM_BYTES) throw new StepppsError("E_RECORDING", `an item of ${next} bytes`);
      rest = rest.subarray(want);
      want = next;
      inBody = !inBody;
    }
    waiting = [rest];
    have = rest.length;
  }
  if (have > 0 || inBody) throw new StepppsError("E_RECORDING", "it is cut short");
}

function parseItem(value: Cbor): RecordingItem {
  const [kind, seq, ...rest] = Array.isArray(value) ? (value as readonly Cbor[]) : [];
  if (typeof seq === "number" && kind === "batch") {
    const [inputs, effects] = rest;
    if (inputs instanceof Uint8Array && effects instanceof Uint8Array) return { kind, seq, inputs, effects };
  }
  if (typeof seq === "number" && kind === "segment") {
    const [version, envelope, settings, state] = rest;
    if (
      typeof version === "string" &&
      envelope instanceof Uint8Array &&
      settings instanceof Uint8Array &&
      state instanceof Uint8Array
    )
      return { kind, seq, version, envelope, settings, state };
  }
  throw new StepppsError("E_RECORDING", "an item that is neither a segment nor a batch");
}
