import { type Bus, type EmbeddedBusOptions, openEmbeddedBus, openExternalBus } from "../mqtt/index.ts";

export interface OpenBusOptions extends EmbeddedBusOptions {
  /** URL of the broker to use in place of the embedded one. */
  readonly broker: string | undefined;
  readonly device: string;
}

/** The broker inside this process, or the one that the document names. */
export function openBus({ broker, device, ...options }: OpenBusOptions): Promise<Bus> {
  if (broker === undefined) return openEmbeddedBus(options);
  const { journal, onMessage, report } = options;
  return openExternalBus({ url: broker, clientId: `steppps-${device}`, journal, onMessage, ...(report && { report }) });
}
