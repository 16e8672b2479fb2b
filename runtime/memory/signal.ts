import type { MemoryBinding, NativeWatch } from "./binding.ts";

/** A wake-up between processes. Raised often before anybody looks, it wakes once. */
export class Signal {
  /** To hand to a child (`stdio`): 8 bytes are to be read from it, or written to it (eventfd). */
  readonly fd: number;
  readonly #binding: MemoryBinding;
  #watch: NativeWatch | undefined;
  #closed = false;

  /** @param waits whether the other process, which reads it, is to sleep until it is raised; one that is watched here must not wait */
  constructor(binding: MemoryBinding, waits: boolean) {
    this.fd = binding.createSignal(waits);
    this.#binding = binding;
  }

  raise(): void {
    this.#binding.raiseSignal(this.fd);
  }

  /** Calls `listener` on the event loop each time it was raised, until it is closed. */
  watch(listener: () => void): void {
    this.#watch = this.#binding.watchSignal(this.fd, listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#watch) this.#binding.unwatchSignal(this.#watch);
    this.#binding.closeDescriptor(this.fd);
  }
}
