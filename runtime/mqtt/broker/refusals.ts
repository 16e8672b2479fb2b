import type { ErrorCode } from "../../contract/index.ts";

/** Somebody was not let in. */
export interface Refusal {
  /** IP address. */
  readonly address: string;
  readonly code: ErrorCode;
  /** Whom it said to be, as far as it may be shown. */
  readonly detail: string;
  /** Others of that address since the last one that was told. */
  readonly unsaid: number;
}

const QUIET_MS = 1000;
const ADDRESSES_MAX = 1024;

/** Tells of refusals, at most once a second for each address. The address that was told of longest ago is forgotten first. */
export class Refusals {
  readonly #tell: (refusal: Refusal) => void;
  readonly #last = new Map<string, { readonly at: number; unsaid: number }>();

  constructor(tell: (refusal: Refusal) => void = () => {}) {
    this.#tell = tell;
  }

  add(address: string, code: ErrorCode, detail = ""): void {
    const now = performance.now();
    const last = this.#last.get(address);
    if (last && now - last.at < QUIET_MS) {
      last.unsaid++;
      return;
    }
    this.#last.delete(address);
    this.#last.set(address, { at: now, unsaid: 0 });
    if (this.#last.size > ADDRESSES_MAX) this.#last.delete(this.#last.keys().next().value as string);
    this.#tell({ address, code, detail: detail.slice(0, 100), unsaid: last?.unsaid ?? 0 });
  }
}
