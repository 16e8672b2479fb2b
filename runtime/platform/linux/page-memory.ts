interface Memories {
  readonly WebAssembly: { readonly Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer } };
}

const PAGE = 64 * 1024;

/** `bytes` of memory, whole pages of 64 KiB, that begin with a page: O_DIRECT wants such [open(2)], and WebAssembly's are. */
export function pageMemory(bytes: number): Uint8Array {
  const { Memory } = (globalThis as unknown as Memories).WebAssembly;
  return new Uint8Array(new Memory({ initial: bytes / PAGE }).buffer);
}
