import { type Bus, type EmbeddedBusOptions, openEmbeddedBus, openExternalBus } from "../mqtt/index.ts";
import { MAX_ENVELOPE_BYTES } from "../trust/index.ts";

export interface OpenBusOptions extends EmbeddedBusOptions {
  /** URL of the broker to use in place of the embedded one. */
  readonly broker: string | undefined;
  readonly device: string;
}

/** Room for the largest envelope and its topic. */
const MAX_PACKET = MAX_ENVELOPE_BYTES + 64 * 1024;

/** The broker inside this process, or the one that the document names. */
export function openBus({ broker, device, ...options }: OpenBusOptions): Promise<Bus> {
  if (broker === undefined) return openEmbeddedBus({ ...options, limits: { packetBytes: MAX_PACKET } });
  const { journal, onMessage, report } = options;
  return openExternalBus({ url: broker, clientId: `steppps-${device}`, journal, onMessage, ...(report && { report }) });
}
