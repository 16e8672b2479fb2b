export { type Cbor, type CborMap, CborTagged, decodeCbor, encodeCbor } from "./cbor/cbor.ts";
export { fromPlain, toPlain } from "./cbor/plain.ts";
export * from "./clock.ts";
export * from "./faults.ts";
export * from "./files.ts";
export { compactHeap } from "./heap.ts";
export { linuxFiles } from "./linux/files.ts";
export { takeLock } from "./linux/lock.ts";
export type { Lock } from "./lock.ts";
