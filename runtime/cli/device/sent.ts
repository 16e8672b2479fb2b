import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cbor, CborTagged, decodeCbor } from "../../platform/cbor/cbor.ts";
import { artefactId } from "../../transfer/offer.ts";
import type { SendOptions } from "../../transfer/send.ts";

/** Envelopes of one plugin that are kept. */
const KEPT = 4;
const ID = /^[0-9a-f]{64}$/;
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * What was sent from this machine, by plugin: where a device has the same version, the next one is sent as what differs. Nothing in
 * there is secret, and all of it may be deleted at any time.
 */
export class SentEnvelopes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Of the plugin that `envelope` holds, newest first. */
  like(envelope: Uint8Array): SendOptions["bases"] {
    const folder = join(this.#folder, pluginOf(envelope));
    return this.#list(folder).map((id) => ({ id, bytes: () => readWhole(join(folder, id), id) }));
  }

  /** Never throws: a full disk only makes the next transfer longer. */
  add(envelope: Uint8Array): void {
    const folder = join(this.#folder, pluginOf(envelope));
    const path = join(folder, artefactId(envelope));
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, envelope);
      renameSync(`${path}.new`, path);
      for (const old of this.#list(folder).slice(KEPT)) rmSync(join(folder, old), { force: true });
    } catch {
      // As said.
    }
  }

  #list(folder: string): string[] {
    try {
      const found = readdirSync(folder).filter((name) => ID.test(name));
      return found
        .map((id) => ({ id, time: statSync(join(folder, id)).mtimeMs }))
        .toSorted((a, b) => b.time - a.time)
        .map(({ id }) => id);
    } catch {
      return [];
    }
  }
}

function readWhole(path: string, id: string): Uint8Array | undefined {
  try {
    const bytes = readFileSync(path);
    return artefactId(bytes) === id ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The plugin's name as the envelope says, without asking who signed it: COSE_Sign's payload is its third item. */
function pluginOf(envelope: Uint8Array): string {
  try {
    const sign = decodeCbor(envelope);
    const payload = sign instanceof CborTagged && Array.isArray(sign.value) ? sign.value[2] : undefined;
    const content = payload instanceof Uint8Array ? decodeCbor(payload) : undefined;
    const manifest = content instanceof Map ? content.get("manifest") : undefined;
    const name: Cbor | undefined = manifest instanceof Map ? manifest.get("name") : undefined;
    return typeof name === "string" && NAME.test(name) ? name : "other";
  } catch {
    return "other";
  }
}
