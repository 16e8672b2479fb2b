import {
  concat,
  decodeEffects,
  effectText,
  encodeInput,
  type Input,
  type Manifest,
  RESTORE_MIGRATING,
  StepppsError,
} from "../../contract/index.ts";
import type { SandboxResult } from "../sandbox/sandbox.ts";
import type { Version } from "./version.ts";

/** A state, entry by entry: what the version before left. */
export type StateEntries = ReadonlyMap<string, Uint8Array>;

/** A take-over of another version's state. */
export interface Takeover {
  /** The version that wrote the state. */
  readonly from: string;
  /** ms since the epoch: what `now()` is in the migration. */
  readonly time: number;
  readonly entries: StateEntries;
}

/** What a take-over comes to: data, nothing is done yet. */
export interface Migrated {
  /** Entries to set, and (undefined) to delete. The state with these applied is what an instance of the version is restored from. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  /** Entries that no field of the version takes and no migration took away: they stay as they are. */
  readonly unknown: readonly string[];
  /** What the migration said. */
  readonly logs: readonly string[];
}

const NOTHING = new Uint8Array(0);

/**
 * Has a fresh instance take over a state, and reads back what its migration made of it; the instance is gone afterwards, so that
 * fields which are not state keep nothing of it. A version without a migration has to take the state as it is.
 *
 *   restore (handler 1)…  │  migrate: name = from  │  configure  │  save      with manifest.migrates
 *   restore (handler 0)…  │                           configure  │  save      otherwise
 *
 * Throws E_DEPLOY_MIGRATION: it traps, refuses an entry, publishes, or sets a timer. Touches nothing but the instance.
 */
export async function migrate(version: Version, takeover: Takeover): Promise<Migrated> {
  const sandbox = version.guest.instantiate(version.limits);
  try {
    return readMigration(version, takeover, await sandbox.run(takeoverBatch(version, takeover)));
  } catch (error) {
    if (error instanceof StepppsError && error.code === "E_DEPLOY_MIGRATION") throw error;
    throw new StepppsError("E_DEPLOY_MIGRATION", (error as Error).message, { cause: error });
  } finally {
    sandbox.close();
  }
}

/** The state after a take-over. */
export function applyChanges(entries: StateEntries, changes: Migrated["changes"]): Map<string, Uint8Array> {
  const after = new Map(entries);
  for (const [key, value] of changes) {
    if (value) after.set(key, value);
    else after.delete(key);
  }
  return after;
}

/** The inputs of a take-over. */
export function takeoverBatch({ manifest, settings }: Pick<Version, "manifest" | "settings">, takeover: Takeover): Uint8Array {
  const migrates = manifest.migrates === true;
  const none = { handler: 0, time: 0, seed: 0n, name: "", payload: NOTHING, meta: NOTHING } as const;
  const handler = migrates ? RESTORE_MIGRATING : 0;
  const inputs: Input[] = [];
  for (const [name, payload] of takeover.entries) inputs.push({ ...none, kind: "restore", handler, name, payload });
  if (migrates) inputs.push({ ...none, kind: "migrate", time: takeover.time, name: takeover.from });
  inputs.push({ ...none, kind: "configure", payload: settings });
  return concat(inputs.map(encodeInput));
}

/** What the instance did, as changes of the state. Throws E_DEPLOY_MIGRATION. */
function readMigration({ manifest, grants }: Version, { from, entries }: Takeover, result: SandboxResult): Migrated {
  const { stop, effects } = result;
  if (stop) throw refuse(manifest, from, [`${stop.code}: ${stop.message}`, ...(stop.logs ?? [])].join("; "));
  const changes = new Map<string, Uint8Array | undefined>();
  const logs: string[] = [];
  for (const effect of decodeEffects(effects)) {
    switch (effect.call) {
      case "state_set":
      case "state_delete": {
        const key = effectText(effect.args[0]);
        if (effect.call === "state_set") grants.state();
        changes.set(key, effect.call === "state_set" ? effect.args[1].slice() : undefined);
        break;
      }
      case "log":
        logs.push(effectText(effect.args[1]).slice(0, 4096));
        break;
      default:
        throw refuse(manifest, from, "a migration changes state and nothing else: it may not publish or set timers");
    }
  }
  const unknown = [...entries.keys()].filter((key) => !changes.has(key) && !takes(manifest, key));
  return { changes, unknown, logs };
}

/** Whether a field of the version is stored under `key`: by its name, and a StateMap's entries under name/key. */
function takes({ state }: Manifest, key: string): boolean {
  return state.some(({ name, type }) => (type.startsWith("StateMap") ? key.startsWith(`${name}/`) : key === name));
}

function refuse({ name, version }: Manifest, from: string, why: string): StepppsError {
  return new StepppsError("E_DEPLOY_MIGRATION", `${name} from ${from} to ${version}: ${why}`);
}
