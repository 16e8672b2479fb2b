import { StepppsError } from "../../contract/errors/index.ts";
import { hashPassword } from "../../trust/password.ts";
import { askSecret } from "../ask-secret.ts";
import type { Invocation } from "../command.ts";

const MIN = 8;

/** Reads a password and prints what stands for it in the device document. */
export async function run({ env, out }: Invocation) {
  const password = await askSecret("password", { env, variable: "STEPPPS_PASSWORD", twice: true });
  if (password.length < MIN) throw new StepppsError("E_CLI_OPTION", `a password has at least ${MIN} characters`);
  const hash = await hashPassword(password);
  out.result({ password: hash }, () => `password: ${JSON.stringify(hash)}`);
  return undefined;
}
