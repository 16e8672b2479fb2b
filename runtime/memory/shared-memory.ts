import type { MemoryBinding } from "./binding.ts";

/** Memory that other processes can have as well, by its descriptor: all zeros at first, and of a size that nobody can change. */
export class SharedMemory {
  /** To hand to a child (`stdio`). */
  readonly fd: number;
  readonly buffer: ArrayBuffer;
  readonly #binding: MemoryBinding;
  #closed = false;

  constructor(binding: MemoryBinding, size: number) {
    const { fd, buffer } = binding.createMemory(size);
    this.fd = fd;
    this.buffer = buffer;
    this.#binding = binding;
  }

  /** Lets go of the descriptor. The buffer stays until nothing refers to it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#binding.closeDescriptor(this.fd);
  }
}
