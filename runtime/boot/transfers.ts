import {
  type DeployOptions,
  type DeployReport,
  type Faults,
  MODEL_CONTENT_TYPE,
  PLUGIN_CONTENT_TYPE,
  StepppsError,
} from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";
import { Transfers } from "../transfer/transfers.ts";

export interface TransferParts {
  readonly device: string;
  readonly bus: Pick<Bus, "subscribe" | "publish">;
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly deploys: { take(envelope: Uint8Array, options: DeployOptions): Promise<DeployReport> };
  readonly models: { take(id: string, bytes: Uint8Array): Promise<void> };
  readonly events: Pick<EventLog, "emit">;
}

/** Artefacts that come over MQTT, each handed to whoever takes its type. To be started before the bus, and resumed after it. */
export function openTransfers({ device, bus, journal, clock, faults, deploys, models, events }: TransferParts): Transfers {
  return new Transfers({
    device,
    bus,
    journal,
    clock,
    faults,
    async take({ id, type, bytes, options }) {
      if (type === MODEL_CONTENT_TYPE) return models.take(id, bytes);
      if (type !== PLUGIN_CONTENT_TYPE) throw new StepppsError("E_TRANSFER_TYPE", type.slice(0, 80));
      await deploys.take(bytes, options);
    },
    report: (error) => events.emit({ kind: "deploy.refused", level: "error", code: error.code, text: error.message }),
  });
}
