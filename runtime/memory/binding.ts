import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { hostTarget } from "../wasmtime/src/host.ts";

declare const kind: unique symbol;
export interface NativeWatch {
  readonly [kind]: "watch";
}

/** The native addon's functions (native/*.cc). Internal: the classes of this room are its only users. */
export interface MemoryBinding {
  createMemory(size: number): { readonly fd: number; readonly buffer: ArrayBuffer };
  mapMemory(fd: number, size: number, offset: number, writable: boolean): ArrayBuffer;
  closeDescriptor(fd: number): void;
  createSignal(wait: boolean): number;
  raiseSignal(fd: number): void;
  watchSignal(fd: number, listener: () => void): NativeWatch;
  unwatchSignal(watch: NativeWatch): void;
}

/** Where the build puts this machine's. */
export function defaultMemoryAddon(): string {
  return fileURLToPath(new URL(`prebuilt/${hostTarget()}/steppps_memory.node`, import.meta.url));
}

/** Loads the addon; throws Node's own error when it isn't there or isn't for this machine. */
export function loadMemory(path: string = defaultMemoryAddon()): MemoryBinding {
  return createRequire(import.meta.url)(path) as MemoryBinding;
}
