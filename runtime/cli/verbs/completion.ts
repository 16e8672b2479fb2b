import { StepppsError } from "../../contract/errors/index.ts";
import type { Invocation } from "../command.ts";
import { completionScript, SHELLS, type Shell } from "../completion/index.ts";

export function run({ args: [shell], commands, out }: Invocation) {
  if (!SHELLS.includes(shell as Shell)) throw new StepppsError("E_CLI_OPTION", `${shell}: there are ${SHELLS.join(", ")}`);
  const script = completionScript(shell as Shell, commands);
  out.result({ shell, script }, () => script);
  return undefined;
}
