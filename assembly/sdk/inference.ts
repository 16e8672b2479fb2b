import { Buffer } from "./buffer";
import { Cbor } from "./cbor/reader";
import { Duration } from "./duration";
import * as host from "./host";
import { input } from "./input";
import { Message } from "./message";
import { Tensor } from "./tensor";
import { readUtf8 } from "./utf8";

/** INFER_SOURCE of the ABI. */
const OWN_TENSORS = 0;
const THE_PAYLOAD = 1;

const name = new Buffer(64);
const label = new Buffer(64);
const body = new Buffer(1024);

/** The runtime calls this between inputs. */
export function trimInference(): void {
  body.trim();
}

/**
 * Asks `model` what it makes of `what`: a Tensor, a Tensor[] in the order of its inputs, or the Message itself, whose payload (an
 * image, an audio frame) the device then gives to the model. The handler with `@inference` of that name gets the answer as a
 * later input, once, restarts or not. `tag` comes back with it. Where there is none `within` that time (ms or `duration("2s")`; a
 * minute at most), the answer says so.
 */
export function infer<T>(model: string, what: T, tag: string = "", within: Duration = 1000): void {
  name.clear();
  name.text(model);
  label.clear();
  label.text(tag);
  body.clear();
  let source = OWN_TENSORS;
  if (isArray<T>()) Tensor.write(changetype<Tensor[]>(what), body);
  else if (what instanceof Tensor) Tensor.write([what], body);
  else if (what instanceof Message) source = THE_PAYLOAD;
  else ERROR("infer() takes a Tensor, a Tensor[] or the Message");
  const ms = <i32>min<i64>(max<i64>(within, 1), 60_000);
  host.infer(name.pointer, name.length, label.pointer, label.length, ms, source, body.pointer, body.length);
}

/** What became of an `infer()` call. It and all that is read from it are valid until the handler returns. */
@final
export class InferenceResult {
  private known: Cbor | null = null;
  private read: Tensor[] | null = null;

  /** The runtime calls this between inputs. */
  forget(): void {
    this.known = null;
    this.read = null;
  }

  private get meta(): Cbor {
    const known = this.known;
    if (known !== null) return known;
    const from = input.metaPointer();
    const meta = new Cbor(from, from + input.metaLength);
    this.known = meta;
    return meta;
  }

  /** Whether the model answered. */
  get ok(): bool {
    return this.code == "";
  }
  /** Why there is no result, such as "E_INFER_DEADLINE"; "" when there is one. */
  get code(): string {
    return this.meta.string("code");
  }
  get model(): string {
    const from = input.namePointer();
    return readUtf8(from, from + input.nameLength);
  }
  /** What was given to `infer()`. */
  get tag(): string {
    return this.meta.string("tag");
  }
  /** How unusual the model's guard found the input; NaN where it has none. */
  get score(): f64 {
    return this.meta.f64("score");
  }
  /** Of the model that ran. */
  get version(): string {
    return this.meta.string("version");
  }
  /** What it ran on: "native-cpu", "wasm". */
  get provider(): string {
    return this.meta.string("provider");
  }
  /** µs that the model ran. */
  get micros(): i64 {
    return this.meta.i64("micros");
  }

  /** What the model gave, in the order of its outputs; none when it did not answer. */
  get outputs(): Tensor[] {
    const read = this.read;
    if (read !== null) return read;
    const outputs = Tensor.read(input.payloadPointer(), input.payloadLength);
    this.read = outputs;
    return outputs;
  }
  /** Output `index`; one without values when there is none. */
  output(index: i32 = 0): Tensor {
    const outputs = this.outputs;
    return index >= 0 && index < outputs.length ? outputs[index] : Tensor.f32([]);
  }
}
