import { asStepppsError, PLUGIN_CONTENT_TYPE, StepppsError } from "../contract/index.ts";
import type { Delivery } from "../mqtt/index.ts";
import type { TransferLimits } from "./limits.ts";
import { type Artefact, artefactId } from "./offer.ts";

export interface WholePorts {
  readonly limits: Pick<TransferLimits, "bytes" | "openBytes">;
  take(artefact: Artefact): Promise<unknown>;
  report(error: StepppsError): void;
  /** Calls `done` when the broker has what it has to remember of the message. */
  settle(message: Delivery, done: (error?: Error) => void): void;
}

/** Plugins' whole envelopes in one message each, for senders without a chunker: acknowledged when the deploy has ended. */
export class WholeEnvelopes {
  readonly #ports: WholePorts;
  readonly #handing = new Set<Promise<void>>();
  #bytes = 0;

  constructor(ports: WholePorts) {
    this.#ports = ports;
  }

  take(message: Delivery, done: (error?: Error) => void): void {
    const { limits, take, report, settle } = this.#ports;
    const { payload } = message;
    if (payload.length > limits.bytes || this.#bytes + payload.length > limits.openBytes) {
      report(new StepppsError(payload.length > limits.bytes ? "E_TRANSFER_SIZE" : "E_TRANSFER_BUSY"));
      return settle(message, done);
    }
    const copy = payload.slice();
    this.#bytes += copy.length;
    const handing = take({ id: artefactId(copy), type: PLUGIN_CONTENT_TYPE, bytes: copy, options: {} })
      .then(
        () => settle(message, done),
        (error: unknown) => done(asStepppsError(error, "E_STORE_IO")),
      )
      .finally(() => {
        this.#bytes -= copy.length;
        this.#handing.delete(handing);
      });
    this.#handing.add(handing);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#handing);
  }
}
