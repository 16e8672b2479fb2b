import { createHash } from "node:crypto";
import { type NextDue, type PluginSettings, StepppsError } from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal, Op } from "../../store/index.ts";
import type { SignedPlugin } from "../../trust/index.ts";
import type { Settings } from "../plugin/pattern.ts";
import { checkSchedules } from "../plugin/schedules.ts";
import { prepareVersion, type Version } from "../plugin/version.ts";
import type { SandboxEngine } from "../sandbox/sandbox.ts";

export interface VersionPorts {
  readonly journal: Pick<Journal, "read">;
  readonly engine: SandboxEngine;
  readonly clock: Clock;
  readonly nextDue: NextDue;
  /** The device document's part for a plugin. */
  settings(plugin: string): PluginSettings | undefined;
  /** What an envelope of the journal holds: it was judged when it came, and is not judged again. */
  stored(envelope: Uint8Array): SignedPlugin;
}

/** Versions of a plugin that are kept, to go back to and so that a version keeps meaning one content. */
const KEPT = 8;

/** The versions that the journal holds, and how one becomes ready to run. */
export class StoredVersions {
  readonly #ports: VersionPorts;

  constructor(ports: VersionPorts) {
    this.#ports = ports;
  }

  /** A version of the journal as it was signed; throws E_PLUGIN_NO_PREVIOUS. */
  async one(name: string, version: string): Promise<SignedPlugin & { readonly envelope: Uint8Array }> {
    const found = await this.find(name, version);
    if (!found) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", `${name} ${version}`);
    return found;
  }

  async find(name: string, version: string): Promise<(SignedPlugin & { readonly envelope: Uint8Array }) | undefined> {
    const [row] = await this.#ports.journal.read("version.one", name, version);
    return row && { ...this.#ports.stored(row.envelope), envelope: row.envelope };
  }

  /** As `find`; undefined also where what the journal holds of it can't be read any more. */
  async readable(name: string, version: string): Promise<(SignedPlugin & { readonly envelope: Uint8Array }) | undefined> {
    const [row] = await this.#ports.journal.read("version.one", name, version);
    try {
      return row && { ...this.#ports.stored(row.envelope), envelope: row.envelope };
    } catch {
      return undefined;
    }
  }

  /** Compiles it and checks its settings. Throws E_GUEST_*, E_PLUGIN_CONFIG, E_PLUGIN_DENIED, E_PACKAGE. */
  async prepare({ manifest, wasm }: Pick<SignedPlugin, "manifest" | "wasm">, given: Settings): Promise<Version> {
    const { engine, nextDue, clock } = this.#ports;
    checkSchedules(manifest, nextDue, clock.now());
    return prepareVersion(engine, manifest, wasm, given);
  }

  /** The settings that the document has for a plugin. */
  wanted(name: string): Settings {
    return this.#ports.settings(name)?.config ?? {};
  }

  /** The settings that a plugin runs with, and those that it had before its gate was opened. */
  async inForce(name: string): Promise<{ readonly given: Settings; readonly previous: Settings }> {
    const [row] = await this.#ports.journal.read("config.one", name);
    const given = row ? (JSON.parse(row.given) as Settings) : this.wanted(name);
    return { given, previous: row?.previous ? (JSON.parse(row.previous) as Settings) : given };
  }

  /** Versions beyond the newest few go when another one comes; `inUse` stay. */
  async surplus(name: string, inUse: readonly (string | undefined)[]): Promise<Op[]> {
    const versions = await this.#ports.journal.read("version.all", name);
    const surplus = versions.slice(KEPT).filter(({ version }) => !inUse.includes(version));
    return surplus.map(({ version }): Op => ["version.delete", name, version]);
  }
}

/** SHA-256, in hex, of what was signed: signing again gives another envelope of the same content. */
export function contentId({ manifest, wasm }: Pick<SignedPlugin, "manifest" | "wasm">): string {
  return createHash("sha256").update(JSON.stringify(manifest)).update("\0").update(wasm).digest("hex");
}
