import { listKeys, loadKeys } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { keysDir } from "../../keys-dir.ts";
import { table } from "../../output.ts";

export function run(invocation: Invocation) {
  const dir = keysDir(invocation);
  const keys = listKeys(dir).map((name) => ({ name, id: loadKeys(dir, name).public.id }));
  invocation.out.result(keys, () =>
    keys.length === 0 ? `no keys in ${dir}` : table([["KEY", "ID"], ...keys.map(({ name, id }) => [name, id])]),
  );
  return undefined;
}
