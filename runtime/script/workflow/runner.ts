import { StepppsError } from "../../contract/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Sandbox, SandboxResult } from "../sandbox/sandbox.ts";
import { NOTHING } from "./offer.ts";

/** Holds the one live instance of a plugin, and makes a new one when the old one is spent. */
export class Runner {
  readonly #version: Version;
  #sandbox: Sandbox | undefined;
  #memoryBytes = 0;

  constructor(version: Version) {
    this.#version = version;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  get live(): boolean {
    return this.#sandbox !== undefined;
  }

  /** Runs a batch; on a stop the instance is gone and `start` must come before the next batch. */
  async run(batch: Uint8Array): Promise<SandboxResult> {
    if (!this.#sandbox) throw new StepppsError("E_PLUGIN_CLOSED");
    const result = await this.#sandbox.run(batch).catch((error: unknown): SandboxResult => {
      const stop = { code: "E_GUEST_TRAP", message: `it could not be run: ${(error as Error).message}`, frames: [] } as const;
      return { completed: 0, effects: NOTHING, memoryBytes: this.#memoryBytes, stop };
    });
    this.#memoryBytes = result.memoryBytes;
    if (result.stop) this.close();
    return result;
  }

  /** A new instance, brought to a state by `restoreBatch`. Throws when the guest can't take that state or its settings. */
  async start(restoreBatch: Uint8Array): Promise<void> {
    this.close();
    this.#sandbox = this.#version.guest.instantiate(this.#version.limits);
    const result = await this.run(restoreBatch);
    if (result.stop)
      throw new StepppsError(result.stop.code, `while it was given its state and settings: ${result.stop.message}`);
  }

  close(): void {
    this.#sandbox?.close();
    this.#sandbox = undefined;
  }
}
