import {
  ABI_CALLS,
  ABI_ENTRY,
  ABI_MODULE,
  ABI_READ,
  ABI_SAVE,
  concat,
  decodeInputs,
  encodeEffect,
  HANDLE_RESULT,
  INPUT_KIND,
  type Input,
  type Limits,
  StepppsError,
  utf8,
} from "../../contract/index.ts";
import { checkGuest, instanceOf } from "./check.ts";
import { resultStop, stopLogs } from "./result.ts";
import type { Sandbox, SandboxEngine, SandboxResult, SandboxStop } from "./sandbox.ts";

/** As much of WebAssembly's JavaScript API as is used here: Node has it, Node's types leave it to the DOM's. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
type WasmModule = object;
interface WasmApi {
  compile(wasm: Uint8Array): Promise<WasmModule>;
  Module: {
    imports(module: WasmModule): { module: string; name: string; kind: string }[];
    exports(module: WasmModule): { name: string; kind: string }[];
  };
  Instance: new (module: WasmModule, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
const api = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

/**
 * Node's own WebAssembly behind the same port, for authors on systems without the native addon.
 * It holds no deadline and no memory ceiling below the guest's own: devices run guests in Wasmtime.
 */
export function v8Engine(): SandboxEngine {
  return {
    name: "v8",
    async compile(wasm) {
      let module: WasmModule;
      try {
        module = await api.compile(wasm.slice());
      } catch (cause) {
        throw new StepppsError("E_GUEST_INVALID", (cause as Error).message, { cause });
      }
      checkGuest(api.Module.imports(module), api.Module.exports(module));
      return { instantiate: (limits) => instanceOf(() => new V8Sandbox(module, limits)), close() {} };
    },
    close() {},
  };
}

/** Ends a guest's call from within an import; `stop` says why. */
class GuestStop extends Error {
  readonly stop: SandboxStop;
  constructor(code: SandboxStop["code"], message: string) {
    super(message);
    this.stop = { code, message, frames: [] };
  }
}

class V8Sandbox implements Sandbox {
  readonly #limits: Limits;
  readonly #exports: Record<string, CallableFunction>;
  readonly #memory: WasmMemory;
  #slots: readonly Uint8Array[] = [];
  #effects: Uint8Array[] = [];
  #effectBytes = 0;
  #input = 0;

  constructor(module: WasmModule, limits: Limits) {
    this.#limits = limits;
    const host: Record<string, CallableFunction> = { [ABI_READ]: this.#read };
    for (const [number, call] of ABI_CALLS.entries()) host[call.name] = this.#recorder(number, call.args);
    const env = {
      abort: (message: number, file: number, line: number, column: number) => this.#abort(message, file, line, column),
    };
    // A start function may call imports before the instance exists: they find no memory and trap.
    const instance = new api.Instance(module, { [ABI_MODULE]: host, env });
    this.#exports = instance.exports as Record<string, CallableFunction>;
    this.#memory = instance.exports.memory as WasmMemory;
  }

  async run(batch: Uint8Array): Promise<SandboxResult> {
    const inputs = decodeInputs(batch);
    this.#effects = [];
    this.#effectBytes = 0;
    let kept = 0;
    for (const [index, input] of inputs.entries()) {
      const stop = this.#call(index, () => this.#handle(input));
      if (stop) return this.#result(index, kept, this.#withLogs(stop, kept));
      kept = this.#effects.length;
    }
    const stop = this.#call(inputs.length, () => (this.#exports[ABI_SAVE] as CallableFunction)());
    return stop
      ? this.#result(Math.max(0, inputs.length - 1), 0, this.#withLogs(stop, kept))
      : this.#result(inputs.length, this.#effects.length);
  }

  close(): void {}

  #handle(input: Input): number {
    const name = utf8(input.name);
    this.#slots = [name, input.payload, input.meta];
    const entry = this.#exports[ABI_ENTRY] as CallableFunction;
    const seed = BigInt.asIntN(64, input.seed);
    return entry(
      INPUT_KIND[input.kind],
      input.handler,
      BigInt(input.time),
      seed,
      name.length,
      input.payload.length,
      input.meta.length,
    );
  }

  #call(input: number, run: () => number): SandboxStop | undefined {
    this.#input = input;
    try {
      const result = run();
      if (this.#memory.buffer.byteLength > this.#limits.memoryBytes)
        throw new GuestStop("E_GUEST_MEMORY", `over ${this.#limits.memoryBytes} bytes`);
      return result === HANDLE_RESULT.ok ? undefined : resultStop(result);
    } catch (thrown) {
      if (thrown instanceof GuestStop) return thrown.stop;
      const { message, stack } = thrown as Error;
      const frames = (stack ?? "").split("\n").filter((line) => line.includes("wasm"));
      return { code: "E_GUEST_TRAP", message, frames: frames.map((line) => line.trim()) };
    }
  }

  #withLogs(stop: SandboxStop, from: number): SandboxStop {
    return { ...stop, logs: stopLogs(concat(this.#effects.slice(from))) };
  }

  #result(completed: number, kept: number, stop?: SandboxStop): SandboxResult {
    const effects = concat(this.#effects.slice(0, kept));
    return { completed, effects, memoryBytes: this.#memory.buffer.byteLength, ...(stop && { stop }) };
  }

  readonly #read = (slot: number, offset: number, pointer: number, length: number): number => {
    const bytes = this.#slots[slot];
    if (!bytes || offset < 0 || length < 0) throw new GuestStop("E_GUEST_TRAP", `read of slot ${slot} at ${offset}`);
    const part = bytes.subarray(offset, offset + length);
    this.#view(pointer, part.length).set(part);
    return part.length;
  };

  #recorder(number: number, types: readonly string[]): CallableFunction {
    return (...raw: (number | bigint)[]) => {
      let at = 0;
      const args = types.map((type) =>
        type === "bytes" ? this.#view(Number(raw[at++]), Number(raw[at++])).slice() : (raw[at++] as number | bigint),
      );
      const record = encodeEffect(this.#input, number, args);
      this.#effectBytes += record.length;
      if (this.#effectBytes > this.#limits.effectBytes)
        throw new GuestStop("E_GUEST_EFFECTS", `over ${this.#limits.effectBytes} bytes`);
      this.#effects.push(record);
    };
  }

  #abort(message: number, file: number, line: number, column: number): never {
    throw new GuestStop("E_GUEST_ABORT", `${this.#string(message)} at ${this.#string(file)}:${line}:${column}`);
  }

  /** An AssemblyScript string: UTF-16 at `pointer`, its length in bytes four bytes before. */
  #string(pointer: number): string {
    if (pointer < 4) return "";
    const length = new DataView(this.#view(pointer - 4, 4).slice().buffer).getUint32(0, true);
    return Buffer.from(this.#view(pointer, Math.min(length, 1024)).slice()).toString("utf16le");
  }

  /** Guest memory as of now: views go stale when it grows. */
  #view(pointer: number, length: number): Uint8Array {
    const at = pointer >>> 0;
    const size = length >>> 0;
    if (!this.#memory || at + size > this.#memory.buffer.byteLength)
      throw new GuestStop("E_GUEST_TRAP", `pointer ${at} and length ${size} leave the memory`);
    return new Uint8Array(this.#memory.buffer, at, size);
  }
}
