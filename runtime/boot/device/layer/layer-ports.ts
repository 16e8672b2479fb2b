import type { BoardFacts, StepppsError, SystemEvent } from "../../../contract/index.ts";
import type { Clock, Files } from "../../../platform/index.ts";
import type { SignedLayer } from "../../../trust/index.ts";

export interface LayerPlaces {
  /** Where their files lie. */
  readonly folder: string;
  /** The program that mounts them. */
  readonly program: string;
}

export interface LayerOptions {
  readonly places: LayerPlaces;
  readonly board: Pick<BoardFacts, "arch" | "version">;
  readonly files: Files;
  readonly clock: Pick<Clock, "after">;
}

/** What is there only once the supervisor is. */
export interface LayerPorts {
  readonly authority: {
    layer(envelope: Uint8Array): Promise<SignedLayer>;
    raiseLayer(name: string, version: string): Promise<void>;
  };
  emit(event: Omit<SystemEvent, "time">): void;
  /** What is wrong with layers and stays so. */
  troubles(errors: readonly StepppsError[]): void;
}
