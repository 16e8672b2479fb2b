import { createPrivateKey, type JsonWebKey } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StepppsError, utf8 } from "../contract/index.ts";
import { type KeyPair, keyPair } from "./key.ts";

/** The key that a person has who never named one. */
export const DEFAULT_KEY = "owner";

const SUFFIX = ".jwks.json";
const MAX_FILE_BYTES = 65_536;
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Names of the keys in `dir`, sorted; none when there is no such folder. */
export function listKeys(dir: string): string[] {
  try {
    const names = readdirSync(dir).filter((file) => file.endsWith(SUFFIX));
    return names.map((file) => file.slice(0, -SUFFIX.length)).sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}

/** Writes a JWK Set (RFC 7517; ML-DSA as RFC 9964 has it) that only its owner may read; returns the path. Throws E_KEY_EXISTS. */
export function saveKeys(dir: string, keys: KeyPair, name = DEFAULT_KEY): string {
  const path = keyPath(dir, name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = create(path, name);
  try {
    writeSync(file, encodeKeys(keys));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return path;
}

/** The content of a key file: private. */
export function encodeKeys(keys: KeyPair): Uint8Array {
  const set = { keys: [keys.ed25519.export({ format: "jwk" }), keys.mldsa65.export({ format: "jwk" })] };
  return utf8(`${JSON.stringify(set, null, 2)}\n`);
}

/** Reads it; `path` is for the message. Throws E_KEY_FORMAT. */
export function decodeKeys(content: Uint8Array, path: string): KeyPair {
  return parseSet(Buffer.from(content).toString("utf8"), path);
}

/** Throws E_KEY_MISSING, E_KEY_PERMISSIONS when anyone but the owner may read or change the file, or E_KEY_FORMAT. */
export function loadKeys(dir: string, name = DEFAULT_KEY): KeyPair {
  const path = keyPath(dir, name);
  const file = open(path);
  try {
    const { mode, size } = fstatSync(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new StepppsError("E_KEY_PERMISSIONS", `${path} has mode ${(mode & 0o777).toString(8)}`);
    }
    if (size > MAX_FILE_BYTES) throw new StepppsError("E_KEY_FORMAT", path);
    return parseSet(readFileSync(file, "utf8"), path);
  } finally {
    closeSync(file);
  }
}

function parseSet(json: string, path: string): KeyPair {
  try {
    const set: { keys: readonly JsonWebKey[] } = JSON.parse(json);
    const [ed25519, mldsa65] = set.keys.map((key) => createPrivateKey({ key, format: "jwk" }));
    if (set.keys.length !== 2 || ed25519?.asymmetricKeyType !== "ed25519" || mldsa65?.asymmetricKeyType !== "ml-dsa-65") {
      throw new StepppsError("E_KEY_FORMAT", path);
    }
    return keyPair(ed25519, mldsa65);
  } catch {
    // No cause: a parser's message may quote what it was reading, and that is the key.
    throw new StepppsError("E_KEY_FORMAT", path);
  }
}

function keyPath(dir: string, name: string): string {
  if (!NAME.test(name)) throw new StepppsError("E_KEY_MISSING", `${JSON.stringify(name.slice(0, 80))} is not a key's name`);
  return join(dir, name + SUFFIX);
}

function create(path: string, name: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw new StepppsError("E_KEY_EXISTS", name, { cause });
    throw cause;
  }
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw new StepppsError("E_KEY_MISSING", path, { cause });
    throw cause;
  }
}
