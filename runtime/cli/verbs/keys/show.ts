import { DEFAULT_KEY, formatPublicKey, loadKeys } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { keysDir } from "../../keys-dir.ts";

export function run(invocation: Invocation) {
  const [name = DEFAULT_KEY] = invocation.args;
  const key = loadKeys(keysDir(invocation), name).public;
  const line = formatPublicKey(key);
  invocation.out.result({ name, id: key.id, public: line }, () => line);
  return undefined;
}
