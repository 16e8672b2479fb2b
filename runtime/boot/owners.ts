import { type FSWatcher, watch } from "node:fs";
import type { DeviceDocument } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Alarm, Clock } from "../platform/index.ts";
import { type PublicKey, parsePublicKey } from "../trust/index.ts";
import { readOwners } from "./data-directory.ts";
import type { DataDirectory } from "./data-paths.ts";

export interface OwnersPorts {
  readonly data: DataDirectory;
  readonly clock: Pick<Clock, "after">;
  readonly events: Pick<EventLog, "emit">;
  /** As it is now. */
  document(): DeviceDocument;
}

/** Whose plugins run here: the keys in the document and those in files. */
export interface Owners {
  /** As of the last reload. */
  list(): readonly PublicKey[];
  reload(): Promise<void>;
  /** Reloads whenever a file comes or goes, where the system tells. */
  watch(): void;
  close(): void;
}

/** A file that is being written is complete a moment later. */
const SETTLE_MS = 200;

export async function openOwners({ data, clock, events, document }: OwnersPorts): Promise<Owners> {
  let keys: readonly PublicKey[] = [];
  let watcher: FSWatcher | undefined;
  let settle: Alarm | undefined;
  const reload = async () => {
    const kept = await readOwners(data, (file, error) =>
      events.emit({ kind: "owner.refused", level: "error", text: `${file}: ${error}` }),
    );
    const all = [...kept, ...(document().owners ?? []).map(parsePublicKey)];
    keys = [...new Map(all.map((key) => [key.id, key])).values()];
  };
  await reload();
  return {
    list: () => keys,
    reload,
    watch() {
      try {
        watcher = watch(data.owners, { persistent: false }, () => {
          settle?.cancel();
          settle = clock.after(SETTLE_MS, () => void reload());
        });
        watcher.on("error", () => watcher?.close());
      } catch {
        // No such folder, or no watching here: they are read at the next start, and when somebody asks (SIGHUP).
      }
    },
    close() {
      settle?.cancel();
      watcher?.close();
    },
  };
}
