import type { ErrorCode } from "../contract/errors/index.ts";
import type { Value } from "./statements/column.ts";
import type { QueryName } from "./statements/index.ts";

/** What the store's thread is started with. */
export interface ThreadOptions {
  readonly file: string;
  readonly limitBytes: number;
  readonly faultSpec: string | undefined;
}

/** How the journal was found: `recovered` was not closed properly, `replaced` was damaged. */
export interface Opened {
  readonly state: "new" | "clean" | "recovered" | "replaced";
  /** Where what was damaged lies now, when something was set aside. */
  readonly setAside?: string;
}

export interface JournalSize {
  /** Bytes of the pages in use. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** Bytes of the write-ahead log, which come on top. */
  readonly walBytes: number;
  /** Bytes that went to the disk since the journal was opened, by the kernel's count. */
  readonly writtenBytes: number;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
}

export type Request =
  | { readonly kind: "commit"; readonly group: ArrayBuffer; readonly bytes: number }
  | { readonly kind: "read"; readonly id: number; readonly query: QueryName; readonly params: readonly Value[] }
  | { readonly kind: "size"; readonly id: number }
  | { readonly kind: "copy"; readonly id: number; readonly path: string }
  | { readonly kind: "close" };

export type Reply =
  /** It runs, and waits to be told what to open. */
  | { readonly kind: "waiting" }
  | { readonly kind: "opened"; readonly opened: Opened }
  | { readonly kind: "refused"; readonly failure: Failure }
  /** `group` comes back to be written again. `failures` has one entry a commit, and is absent when all went well. */
  | {
      readonly kind: "committed";
      readonly group: ArrayBuffer;
      readonly failures: readonly (Failure | undefined)[] | undefined;
    }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure };
