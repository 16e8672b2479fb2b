import { join } from "node:path";
import { utf8 } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Clock, Files } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import type { Owners } from "./owners.ts";
import { Pairing } from "./pairing/pairing.ts";

export interface ClaimPorts {
  readonly device: string;
  readonly data: DataDirectory;
  readonly files: Files;
  readonly clock: Clock;
  readonly owners: Owners;
  readonly events: Pick<EventLog, "emit">;
  owned(): boolean;
  /** It has an owner from now on. */
  claimed(): void;
}

/** Pairing whose owner is a file among those of the data directory: there after the next start too. */
export function openPairing(ports: ClaimPorts): Pairing {
  const { device, data, files, clock, owners, events, owned, claimed } = ports;
  return new Pairing({
    device,
    clock,
    owned,
    async claim(line, key, name) {
      await files.makePrivate(data.owners);
      await files.write(join(data.owners, `${name}.pub`), utf8(`${line}\n`));
      await owners.reload();
      events.emit({
        kind: "owner.claimed",
        level: "warn",
        text: `${name} (${key.id}) owns this device now, by its pairing code`,
      });
      claimed();
    },
  });
}
