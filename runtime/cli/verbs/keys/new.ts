import { DEFAULT_KEY, formatPublicKey, generateKeys, saveKeys } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { keysDir } from "../../keys-dir.ts";

export function run(invocation: Invocation) {
  const [name = DEFAULT_KEY] = invocation.args;
  const keys = generateKeys();
  const path = saveKeys(keysDir(invocation), keys, name);
  const { id } = keys.public;
  invocation.out.note("Keep this file: without it, devices that trust the key can be given nothing new.");
  invocation.out.result({ name, id, path, public: formatPublicKey(keys.public) }, () => `${name}  ${id}\n${path}`);
  return undefined;
}
