import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StepppsError } from "../../contract/errors/index.ts";
import { encodeBundle, type MetadataFile, type Role, readMetadata } from "../../trust/index.ts";

const ROOT_FILE = /^(\d{1,10})\.root\.cbor$/;
const OTHERS = ["timestamp", "snapshot", "targets", "policy"] as const;

/**
 * The metadata that some people sign for their devices: one folder, to be kept and shared like source code. Nothing in it is secret.
 *
 *   1.root.cbor  2.root.cbor …   every root, since a device may have seen any of them
 *   targets.cbor  policy.cbor  snapshot.cbor  timestamp.cbor   the newest of each
 */
export class TrustFolder {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Rising by version. */
  roots(): MetadataFile<"root">[] {
    const versions = this.#names().flatMap((name) => ROOT_FILE.exec(name)?.[1] ?? []);
    return versions
      .map(Number)
      .sort((a, b) => a - b)
      .map((version) => readMetadata("root", this.#read(`${version}.root.cbor`)));
  }

  /** The newest root. Throws E_TRUST_FOLDER where there is none. */
  root(): MetadataFile<"root"> {
    const root = this.roots().at(-1);
    if (!root) throw new StepppsError("E_TRUST_FOLDER", `no root in ${this.dir}`);
    return root;
  }

  /** Undefined where there is no such file. */
  file<R extends Exclude<Role, "root">>(role: R): MetadataFile<R> | undefined {
    return this.#names().includes(`${role}.cbor`) ? readMetadata(role, this.#read(`${role}.cbor`)) : undefined;
  }

  /** Puts a file in its place; returns its path. */
  write(role: Role, bytes: Uint8Array): string {
    const name = role === "root" ? `${readMetadata("root", bytes).meta.version}.root.cbor` : `${role}.cbor`;
    const path = join(this.dir, name);
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
    return path;
  }

  /** What a device needs that has root `since` already. */
  bundle(since = 0): Uint8Array {
    const roots = this.roots().filter(({ meta }) => meta.version > since);
    const others = OTHERS.flatMap((role) => this.file(role) ?? []);
    const files = [...roots, ...others];
    if (this.roots().length === 0) throw new StepppsError("E_TRUST_FOLDER", `no root in ${this.dir}`);
    // A bundle is never empty: the newest root again says nothing new.
    return encodeBundle((files.length > 0 ? files : [this.root()]).map(({ bytes }) => bytes));
  }

  #names(): string[] {
    try {
      return readdirSync(this.dir);
    } catch {
      return [];
    }
  }

  #read(name: string): Uint8Array {
    return readFileSync(join(this.dir, name));
  }
}
