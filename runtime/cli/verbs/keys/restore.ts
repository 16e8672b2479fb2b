import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { StepppsError } from "../../../contract/errors/index.ts";
import { DEFAULT_KEY, decodeKeys, openWithPassphrase, saveKeys } from "../../../trust/index.ts";
import { askSecret } from "../../ask-secret.ts";
import type { Invocation } from "../../command.ts";
import { keysDir } from "../../keys-dir.ts";

const MAX_BYTES = 65_536;

/** Brings a key pair back from its sealed copy. A key that is there is never overwritten. */
export async function run(invocation: Invocation) {
  const { args, cwd, env, out } = invocation;
  const [from = "", name = DEFAULT_KEY] = args;
  const file = resolve(cwd, from);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? MAX_BYTES + 1) > MAX_BYTES)
    throw new StepppsError("E_KEY_MISSING", file);
  const passphrase = await askSecret("passphrase of the copy", { env, variable: "STEPPPS_PASSPHRASE" });
  const keys = decodeKeys(await openWithPassphrase(readFileSync(file), passphrase), file);
  const path = saveKeys(keysDir(invocation), keys, name);
  out.result({ name, id: keys.public.id, path }, () => `${name}  ${keys.public.id}\n${path}`);
  return undefined;
}
