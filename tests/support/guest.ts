import {
  ABI_CALLS,
  ABI_ENTRY,
  ABI_MODULE,
  ABI_READ,
  ABI_SAVE,
  decodeEffects,
  type Effect,
  effectText,
  encodeEffect,
  HANDLE_RESULT,
  INPUT_KIND,
  type Input,
  utf8,
} from "../../runtime/contract/index.ts";

/** A plugin's module in V8, driven by hand: the smallest host that the ABI allows. */
export class Guest {
  /** Effects since the last `take`. */
  private records: Uint8Array[] = [];
  private slots: readonly Uint8Array[] = [];
  private handled = 0;
  private readonly exports: {
    readonly memory: WebAssembly.Memory;
    readonly [name: string]: unknown;
  };

  constructor(module: WebAssembly.Module) {
    const calls = ABI_CALLS.map((call, index) => [call.name, (...raw: (number | bigint)[]) => this.record(index, raw)] as const);
    const read = (slot: number, offset: number, pointer: number, length: number): number => {
      const part = (this.slots[slot] as Uint8Array).subarray(offset, offset + length);
      this.bytes(pointer, length).set(part);
      return part.length;
    };
    const instance = new WebAssembly.Instance(module, {
      [ABI_MODULE]: { ...Object.fromEntries(calls), [ABI_READ]: read },
      env: { abort: (message: number, file: number, line: number, column: number) => this.abort(message, file, line, column) },
    });
    this.exports = instance.exports as typeof this.exports;
  }

  /** Handles one input; the ABI's result by its name. Throws what the guest aborts with. */
  handle(input: Partial<Input> & Pick<Input, "kind">): keyof typeof HANDLE_RESULT {
    const empty = new Uint8Array();
    this.slots = [utf8(input.name ?? ""), input.payload ?? empty, input.meta ?? empty];
    const entry = this.exports[ABI_ENTRY] as (...args: (number | bigint)[]) => number;
    const lengths = this.slots.map((slot) => slot.length);
    const time = BigInt(input.time ?? 0);
    const result = entry(INPUT_KIND[input.kind], input.handler ?? 0, time, input.seed ?? 1n, ...lengths);
    this.handled++;
    const name = Object.entries(HANDLE_RESULT).find(([, value]) => value === result)?.[0];
    if (!name) throw new Error(`the guest returned ${result}`);
    return name as keyof typeof HANDLE_RESULT;
  }

  message(handler: number, topic: string, payload: string | Uint8Array, time = 0): keyof typeof HANDLE_RESULT {
    return this.handle({
      kind: "message",
      handler,
      name: topic,
      payload: typeof payload === "string" ? utf8(payload) : payload,
      time,
    });
  }

  save(): void {
    (this.exports[ABI_SAVE] as () => number)();
  }

  /** Effects since the last call. */
  take(): Effect[] {
    const effects = this.records.flatMap((record) => decodeEffects(record));
    this.records = [];
    return effects;
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  private record(call: number, raw: readonly (number | bigint)[]): void {
    const args: (number | bigint | Uint8Array)[] = [];
    let at = 0;
    for (const type of (ABI_CALLS[call] as (typeof ABI_CALLS)[number]).args) {
      if (type === "bytes") args.push(this.bytes(raw[at++] as number, raw[at++] as number).slice());
      else args.push(raw[at++] as number | bigint);
    }
    this.records.push(encodeEffect(this.handled, call, args));
  }

  private bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, pointer >>> 0, length >>> 0);
  }

  private abort(message: number, file: number, line: number, column: number): never {
    throw new Error(`${this.string(message)} (${this.string(file)}:${line}:${column})`);
  }

  /** An AssemblyScript string: UTF-16, its size in bytes in the word before it. */
  private string(pointer: number): string {
    if (pointer === 0) return "";
    const size = new DataView(this.exports.memory.buffer).getUint32(pointer - 4, true);
    return new TextDecoder("utf-16le").decode(this.bytes(pointer, size));
  }
}

/** Effects as short texts: "publish a/b {…}", "state_set lit f5", "timer_set off 180000". */
export function describeEffects(effects: readonly Effect[]): string[] {
  return effects.map(({ call, args }) =>
    [
      call,
      ...args.map((arg, i) =>
        arg instanceof Uint8Array ? (call.startsWith("state") && i === 1 ? hex(arg) : effectText(arg)) : String(arg),
      ),
    ].join(" "),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
