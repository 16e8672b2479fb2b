import { type Bus, type EmbeddedBusOptions, openEmbeddedBus } from "../mqtt/index.ts";

export interface OpenBusOptions extends EmbeddedBusOptions {
  /** URL of the broker to use in place of the embedded one. */
  readonly broker?: string;
  readonly device: string;
}

export function openBus(options: OpenBusOptions): Promise<Bus> {
  return openEmbeddedBus(options);
}
