import type { DeviceDocument, Faults } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import { bytesArgument, type RpcFunction } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";
import { type Authority, openAuthority } from "../trust/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import type { Owners } from "./owners.ts";

export interface TrustPorts {
  /** The name by which it started: its topics have it until the next start, whatever the document says by then. */
  readonly device: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly owners: Pick<Owners, "list">;
  /** As it is now. */
  document(): DeviceDocument;
  readonly faults: Faults;
  readonly events: Pick<EventLog, "emit">;
}

/** Who may deploy here, as the journal and the device document have it. */
export function openTrust({ device, journal, clock, owners, document, faults, events }: TrustPorts): Promise<Authority> {
  return openAuthority({
    journal,
    clock,
    faults,
    owners: () => owners.list(),
    device: () => device,
    group: () => document().group,
    emit: (event) => events.emit(event),
  });
}

/** What can be asked about trust, and how it is changed. An update needs no signed command: every file in it is signed. */
export function trustMethods(authority: Authority, data: Pick<DataDirectory, "path">, document: () => DeviceDocument) {
  return {
    trust: () => authority.status(),
    "trust-update": (args) => authority.update(bytesArgument(args, "bundle")),
    certificate: async () => {
      const { deviceIdentity } = await import("./identity.ts");
      const { certificate, fingerprint, pin, algorithm } = await deviceIdentity(data, document());
      return { certificate, fingerprint, pin, algorithm };
    },
  } satisfies Record<string, RpcFunction>;
}
