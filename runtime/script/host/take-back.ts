import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Version } from "../plugin/version.ts";
import { StateImage } from "../workflow/image.ts";
import { type Probation, readProbation } from "../workflow/probation.ts";
import { recover } from "../workflow/recover.ts";
import type { Failed } from "../workflow/restore.ts";
import { durable } from "../workflow/takeover.ts";
import type { TakenBack } from "./host-options.ts";
import { replace } from "./replacement.ts";
import { isStoreFault, type PluginRow, type Started, type StartPorts } from "./started.ts";

interface Rollback {
  readonly row: PluginRow;
  /** The version to come back. */
  readonly version: Version;
  readonly failed: Failed;
  back(): TakenBack;
}

/**
 * Puts the version before one on probation to work, in place of that one, which has not been started. Undefined where no gate is
 * open. Throws why it can't be; nothing is changed then.
 */
export async function takeBack(row: PluginRow, error: StepppsError, ports: StartPorts): Promise<Started | undefined> {
  const { options, versions } = ports;
  const { name } = row;
  const back = () => options.takenBack(name, error);
  const probation = readProbation(await options.journal.read("probation.head", name));
  const number = probation?.previous ?? versionBefore(row, back());
  if (number === undefined) return undefined;
  options.faults.pass("rollback:at-start");
  const failed = await failedOf(row, probation, ports);
  const { previous: settings } = await versions.inForce(name);
  let version: Version | undefined;
  try {
    version = await versions.prepare(await versions.one(name, number), settings);
    const rollback = { row, version, failed, back };
    return await (probation ? restored(rollback, ports) : replaced(rollback, ports));
  } catch (thrown) {
    version?.guest.close();
    const { code, message } = asStepppsError(thrown, "E_DEPLOY_BROKEN");
    if (isStoreFault(code)) throw thrown;
    throw new StepppsError(code, `${number}, in place of ${row.version} (${error.detail}): ${message}`, { cause: thrown });
  }
}

/** Where the version before kept nothing in the journal, its gate is open all the same. Settings alone may be what is on probation. */
function versionBefore({ version, previousVersion }: PluginRow, { previous }: TakenBack): string | undefined {
  if (previous === undefined) return undefined;
  return previous === version ? version : (previousVersion ?? undefined);
}

/** As the journal has it, where its envelope can't be read any more. */
async function failedOf(row: PluginRow, probation: Probation | undefined, { versions }: StartPorts): Promise<Failed> {
  const stored = await versions.readable(row.name, row.version);
  const handlers = stored?.manifest.handlers ?? probation?.handlers[row.version] ?? [];
  return { version: row.version, handlers, durable: stored?.manifest.durability !== "memory" };
}

/** State and timers of before, and the inputs since once more. Where there is no room for that, it is unfinished. */
async function restored({ row, version, failed, back }: Rollback, { options, create }: StartPorts): Promise<Started> {
  const { name, nextSeq, seed } = row;
  const recovered = await recover(options.journal, name, nextSeq, version.limits.memoryBytes);
  const workflow = create(version, seed, recovered);
  const finish = async () => {
    const { ops, told } = back();
    try {
      await workflow.restore(version, [...ops, ["config.restore", name]], failed);
    } finally {
      // What failed may have come after the commit.
      if (!workflow.probation) told();
    }
  };
  const started = { workflow, version, previousVersion: undefined };
  try {
    await finish();
    return started;
  } catch (error) {
    const { code } = asStepppsError(error, "E_DEPLOY_BROKEN");
    if (workflow.probation && isStoreFault(code)) return { ...started, unfinished: { error, finish } };
    await workflow.close();
    throw error;
  }
}

/** Nothing was kept: it goes on with what there is; one that keeps nothing in the journal begins anew, as at any start. */
async function replaced({ row, version, failed, back }: Rollback, { options, create }: StartPorts): Promise<Started> {
  const { journal, clock } = options;
  const { name, nextSeq, seed } = row;
  const { memoryBytes } = version.limits;
  const found = await recover(journal, name, nextSeq, memoryBytes);
  const known = durable(version) ? found : { ...found, image: new StateImage([], memoryBytes), timers: [], requests: [] };
  const { recovered, ops } = await replace(failed, version, known, clock.now());
  const workflow = create(version, seed, recovered);
  await workflow.start();
  const { manifest } = version;
  const { ops: reported, told } = back();
  await journal.commit([
    ...reported,
    ...ops,
    ["plugin.revert", name, manifest.version, recovered.nextSeq],
    ["config.restore", name],
  ]);
  told();
  return { workflow, version, previousVersion: undefined };
}
