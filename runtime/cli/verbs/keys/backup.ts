import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { StepppsError } from "../../../contract/errors/index.ts";
import { DEFAULT_KEY, encodeKeys, loadKeys, sealWithPassphrase } from "../../../trust/index.ts";
import { askSecret } from "../../ask-secret.ts";
import type { Invocation } from "../../command.ts";
import { keysDir } from "../../keys-dir.ts";

/** One key pair in a file that only its passphrase opens. */
export async function run(invocation: Invocation) {
  const { args, cwd, env, out } = invocation;
  const [to = "", name = DEFAULT_KEY] = args;
  const file = resolve(cwd, to);
  if (existsSync(file)) throw new StepppsError("E_CLI_EXISTS", file);
  const keys = loadKeys(keysDir(invocation), name);
  const passphrase = await askSecret("passphrase for the copy", { env, variable: "STEPPPS_PASSPHRASE", twice: true });
  writeFileSync(file, await sealWithPassphrase(encodeKeys(keys), passphrase), { mode: 0o600, flag: "wx" });
  out.note("Keep it apart from this machine, and the passphrase apart from it: either alone is worth nothing.");
  out.result({ name, id: keys.public.id, file }, () => file);
  return undefined;
}
