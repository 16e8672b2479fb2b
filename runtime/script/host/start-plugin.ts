import { asStepppsError, StepppsError } from "../../contract/index.ts";
import { recover } from "../workflow/recover.ts";
import { isStoreFault, type PluginRow, type Started, type StartPorts } from "./started.ts";
import { takeBack } from "./take-back.ts";

/**
 * Brings a plugin of the journal to its state.
 *
 *   its version                                      as the journal has it
 *   its gate is open, and it can't be started        the version before it: a rollback as any other, with its reason
 *   or it may be why the supervisor ended so often   likewise, and it isn't even tried
 *
 * Throws why none can be started; rows are as they were then. A journal that fails, or a fault of the supervisor's own, is no verdict
 * on a version: that is thrown.
 */
export async function startPlugin(row: PluginRow, ports: StartPorts): Promise<Started> {
  const suspicion = ports.options.suspicion(row.name);
  const before = suspicion && (await takeBack(row, suspicion, ports));
  if (before) return before;
  try {
    return await startVersion(row, ports);
  } catch (thrown) {
    const { code, message } = asStepppsError(thrown, "E_DEPLOY_BROKEN");
    if (isStoreFault(code) || code === "E_DEPLOY_BROKEN") throw thrown;
    const back = await takeBack(row, new StepppsError("E_GATE_START", message, { cause: thrown }), ports);
    if (!back) throw thrown;
    return back;
  }
}

async function startVersion(row: PluginRow, { versions, options, create }: StartPorts): Promise<Started> {
  const { name, nextSeq, previousVersion } = row;
  const { given } = await versions.inForce(name);
  const version = await versions.prepare(await versions.one(name, row.version), given);
  try {
    const recovered = await recover(options.journal, name, nextSeq, version.limits.memoryBytes);
    const workflow = create(version, row.seed, recovered);
    await workflow.start();
    return { workflow, version, previousVersion: previousVersion ?? undefined };
  } catch (error) {
    version.guest.close();
    throw error;
  }
}
