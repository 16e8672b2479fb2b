import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { StepppsError } from "../../../contract/errors/index.ts";
import { KEY_PREFIX, parsePublicKey } from "../../../trust/index.ts";
import type { Invocation } from "../../command.ts";
import { trustOwner } from "../../device/owners.ts";

/** Takes a key's line, or a file that holds one. */
export function run({ args: [given = ""], cwd, data, out }: Invocation) {
  const key = parsePublicKey(given.startsWith(KEY_PREFIX) ? given : readLine(resolve(cwd, given)));
  const { file, added } = trustOwner(data, key);
  out.result({ id: key.id, file, added }, () =>
    added ? `${key.id} is trusted (${file}); a supervisor that runs here sees it at once` : `${key.id} is trusted already`,
  );
  return undefined;
}

function readLine(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new StepppsError("E_KEY_FORMAT", `neither a key's line nor a file: ${file.slice(0, 200)}`, { cause });
  }
}
