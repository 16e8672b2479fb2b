import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { StepppsError } from "../../contract/errors/index.ts";
import { KEY_PREFIX, type KeyId, type KeyPair, listKeys, loadKeys, type PublicKey, parsePublicKey } from "../../trust/index.ts";
import type { Invocation } from "../command.ts";
import { keysDir } from "../keys-dir.ts";

type Place = Pick<Invocation, "env" | "cwd" | "data">;

/** "alice,bob.pub,steppps-key:…": keys on this machine by name, files with a key's line, or the line itself. Throws E_KEY_*. */
export function namedKeys(list: string, place: Place): PublicKey[] {
  const names = list.split(",").map((name) => name.trim());
  return names.filter(Boolean).map((name) => namedKey(name, place));
}

export function namedKey(name: string, place: Place): PublicKey {
  if (name.startsWith(KEY_PREFIX)) return parsePublicKey(name);
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return loadKeys(keysDir(place), name).public;
  try {
    return parsePublicKey(readFileSync(resolve(place.cwd, name), "utf8").trim());
  } catch (cause) {
    if (cause instanceof StepppsError) throw cause;
    throw new StepppsError("E_KEY_MISSING", name.slice(0, 200), { cause });
  }
}

/** Those of the keys that are on this machine to sign with; each once. */
export function keysHere(wanted: readonly Pick<PublicKey, "id">[], place: Place): KeyPair[] {
  const ids = new Set<KeyId>(wanted.map(({ id }) => id));
  const dir = keysDir(place);
  const here = listKeys(dir).map((name) => loadKeys(dir, name));
  return [...new Map(here.filter((key) => ids.has(key.public.id)).map((key) => [key.public.id, key])).values()];
}
