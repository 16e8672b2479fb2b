import { Aedes } from "aedes";
import type { Journal } from "../../store/index.ts";
import type { Bus, BusOptions } from "../bus.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Tally } from "../tally.ts";
import { type AccessRule, LOOPBACK_ACCESS } from "./access.ts";
import { EmbeddedBus } from "./embedded-bus.ts";
import { listen } from "./listen.ts";

export interface EmbeddedBusOptions extends BusOptions {
  /** TCP port; 0 for any that is free. One that is taken is replaced by a free one, and reported. */
  readonly port: number;
  /** Where to listen; only this machine where absent. */
  readonly host?: string;
  readonly journal: Pick<Journal, "commit" | "read">;
  readonly limits?: Partial<Limits>;
  readonly access?: readonly AccessRule[];
}

/** The MQTT 3.1.1 broker inside this process: it listens, and lets clients in with `start`. Rejects with E_MQTT_LISTEN. */
export async function openEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const tally = new Tally(options.report);
  const bus = new EmbeddedBus({
    journal: options.journal,
    onMessage: options.onMessage,
    access: options.access ?? LOOPBACK_ACCESS,
    limits,
    tally,
  });
  await bus.load((brokerOptions) => Aedes.createBroker(brokerOptions));
  bus.listen(await listen({ port: options.port, host: options.host ?? "127.0.0.1", clients: limits.clients, tally }));
  return bus;
}
