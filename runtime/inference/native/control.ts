import { dtypeOf, MAX_DIMS, MAX_TENSORS, type Port, StepppsError, text } from "../../contract/index.ts";

/** What the worker says about itself when it is ready. */
export interface Hello {
  /** Of ONNX Runtime. */
  readonly version: string;
  /** The version of Landlock that it is under; 0 without. */
  readonly landlock: number;
  readonly seccomp: boolean;
  readonly user: number;
}

export type ControlAnswer =
  | { readonly kind: "hello"; readonly hello: Hello }
  | {
      readonly kind: "loaded";
      readonly session: number;
      readonly millis: number;
      readonly inputs: readonly Port[];
      readonly outputs: readonly Port[];
    }
  | { readonly kind: "refused"; readonly session: number; readonly reason: string };

/** The words that worker/control.h lists. */
const KIND = { load: 1, unload: 2, hello: 1, loaded: 2, refused: 3 } as const;
const PROTOCOL_VERSION = 1;
/** Of one answer. */
const MAX_ANSWER = 64 * 1024;

/** The head of a load, which the file follows. */
export function encodeLoad(session: number, threads: number, fileBytes: number): Uint8Array {
  return words(12 + fileBytes, KIND.load, session, threads);
}

export function encodeUnload(session: number): Uint8Array {
  return words(8, KIND.unload, session);
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setUint32(4 * index, value, true);
  });
  return bytes;
}

/** Puts the worker's answers together from what comes out of its pipe. Throws E_INFER_WORKER on anything else. */
export class ControlReader {
  #rest: Uint8Array = new Uint8Array();

  push(chunk: Uint8Array): ControlAnswer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const answers: ControlAnswer[] = [];
    while (this.#rest.length >= 4) {
      const size = new DataView(this.#rest.buffer, this.#rest.byteOffset).getUint32(0, true);
      if (size < 4 || size > MAX_ANSWER) throw strange(`an answer of ${size} bytes`);
      if (this.#rest.length < 4 + size) break;
      answers.push(decodeAnswer(this.#rest.slice(4, 4 + size)));
      this.#rest = this.#rest.subarray(4 + size);
    }
    return answers;
  }
}

function decodeAnswer(bytes: Uint8Array): ControlAnswer {
  const reader = new Fields(bytes);
  const kind = reader.u32();
  if (kind === KIND.hello) {
    const protocol = reader.u32();
    if (protocol !== PROTOCOL_VERSION) throw strange(`version ${protocol} of the protocol`);
    const [landlock, seccomp, user] = [reader.u32(), reader.u32() === 1, reader.u32()];
    return { kind: "hello", hello: { landlock, seccomp, user, version: reader.text() } };
  }
  if (kind === KIND.loaded) {
    const session = reader.u32();
    const millis = Number(reader.i64()) / 1e6;
    const counts = [reader.u32(), reader.u32()] as const;
    if (Math.max(...counts) > MAX_TENSORS) throw strange("a model with more inputs or outputs than there can be");
    const [inputs, outputs] = counts.map((count) => Array.from({ length: count }, () => reader.port()));
    return { kind: "loaded", session, millis, inputs: inputs ?? [], outputs: outputs ?? [] };
  }
  if (kind === KIND.refused) return { kind: "refused", session: reader.u32(), reason: reader.rest() };
  throw strange(`an answer of kind ${kind}`);
}

class Fields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  text(): string {
    const size = this.u32();
    const at = this.#take(size);
    return lenientText(this.#bytes.subarray(at, at + size));
  }

  rest(): string {
    return lenientText(this.#bytes.subarray(this.#at));
  }

  port(): Port {
    const type = this.u32();
    const rank = this.u32();
    const name = this.text();
    const dtype = dtypeOf(type);
    if (rank > MAX_DIMS) throw strange(`a value with ${rank} dims`);
    const dims: number[] = [];
    const symbols: string[] = [];
    for (let dim = 0; dim < rank; dim++) {
      dims.push(Math.max(-1, Number(this.i64())));
      symbols.push(this.text());
    }
    if (dtype === undefined) throw strange(`a value of type ${type}`);
    return { name, dtype, dims, symbols };
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw strange("an answer that is cut short");
    this.#at += size;
    return at;
  }
}

/** Names in a model file are whatever somebody wrote. */
function lenientText(bytes: Uint8Array): string {
  try {
    return text(bytes);
  } catch {
    return Buffer.from(bytes).toString("latin1");
  }
}

function strange(what: string): StepppsError {
  return new StepppsError("E_INFER_WORKER", `the worker gave ${what}`);
}
