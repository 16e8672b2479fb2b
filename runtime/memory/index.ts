export { defaultMemoryAddon, loadMemory, type MemoryBinding } from "./binding.ts";
export { SharedMemory } from "./shared-memory.ts";
export { Signal } from "./signal.ts";
