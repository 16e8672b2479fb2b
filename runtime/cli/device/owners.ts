import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataPaths } from "../../boot/data-paths.ts";
import { formatPublicKey, type PublicKey } from "../../trust/index.ts";

export interface TrustedOwner {
  readonly file: string;
  /** false: it was trusted already. */
  readonly added: boolean;
}

/** Makes the device of the data directory `data` run what this key signs. */
export function trustOwner(data: string, key: PublicKey): TrustedOwner {
  const { owners } = dataPaths(data);
  const file = join(owners, `${key.id.slice(0, 16)}.pub`);
  if (existsSync(file)) return { file, added: false };
  mkdirSync(owners, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${formatPublicKey(key)}\n`);
  renameSync(`${file}.new`, file);
  return { file, added: true };
}
