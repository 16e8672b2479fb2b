import { existsSync } from "node:fs";
import { dataPaths } from "../../../boot/data-paths.ts";
import { StepppsError } from "../../../contract/errors/index.ts";
import { openJournal } from "../../../store/index.ts";
import { resetTrust } from "../../../trust/reset.ts";
import type { Invocation } from "../../command.ts";

/** On the device itself, while its supervisor does not run: the journal has one user at a time. */
export async function run({ data, options, out }: Invocation<{ yes?: boolean; floors?: boolean }>) {
  if (!options.yes) throw new StepppsError("E_CLI_OPTION", "a reset makes the device trust its owners alone: say --yes");
  const { journal: file } = dataPaths(data);
  if (!existsSync(file)) throw new StepppsError("E_TRUST_FOLDER", `no journal in ${data}`);
  const journal = await openJournal({ file });
  try {
    await resetTrust(journal, { floors: options.floors === true });
  } finally {
    await journal.close();
  }
  out.result(
    { reset: true, floors: options.floors === true },
    () => "the root and what followed from it are forgotten: owners may deploy again",
  );
  return undefined;
}
