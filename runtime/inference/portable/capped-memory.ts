interface Descriptor {
  readonly maximum?: number;
}
interface Memory {
  readonly buffer: { readonly byteLength: number };
}
interface WasmGlobal {
  Memory: new (descriptor: Descriptor) => Memory;
}

const PAGE = 65_536;

/**
 * ONNX Runtime makes its memory with a maximum of 4 GiB. From now on whatever is made in this thread gets no more than `bytes`: a
 * model that wants more is refused by the runtime's own allocator. What is returned tells how much it has grown.
 */
export function capMemory(bytes: number): () => number {
  const wasm = (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly;
  const made: { readonly memory: Memory; readonly initial: number }[] = [];
  const Original = wasm.Memory;
  wasm.Memory = class extends Original {
    constructor(descriptor: Descriptor) {
      super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? PAGE, Math.floor(bytes / PAGE)) });
      made.push({ memory: this, initial: this.buffer.byteLength });
    }
  };
  return () => made.reduce((sum, { memory, initial }) => sum + memory.buffer.byteLength - initial, 0);
}
