import { decodeInputs, type Handler, type Input } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import { migrate } from "../plugin/migrate.ts";
import type { Version } from "../plugin/version.ts";
import { pendingAdd } from "../workflow/pending.ts";
import type { Recovered } from "../workflow/ports.ts";
import { handlerName } from "../workflow/renumber.ts";
import { carry, cleared, durable } from "../workflow/takeover.ts";

/** The version of the journal that could not be started. */
export interface Broken {
  readonly version: string;
  /** None where its envelope is damaged too. */
  readonly handlers: readonly Handler[];
}

/** What a version that takes its place begins with, and what to commit for that. */
export interface Replacement {
  readonly recovered: Recovered;
  readonly ops: readonly Op[];
}

/**
 * What the broken version left becomes the next one's, as in a swap: the state through its migration; inputs that wait and schedules
 * by their handlers' names, as the numbers are the broken one's. There is no version to go back to: a gate that was open is closed.
 * Throws E_DEPLOY_MIGRATION, E_GUEST_MEMORY; nothing is changed.
 */
export async function replace(broken: Broken, next: Version, recovered: Recovered, time: number): Promise<Replacement> {
  const { name, migrates } = next.manifest;
  const { image } = recovered;
  const { changes } = migrates
    ? await migrate(next, { from: broken.version, time, entries: image.entries })
    : { changes: new Map<string, Uint8Array | undefined>() };
  const taken = image.with(changes, next.limits.memoryBytes);
  const carried = carry(name, broken.handlers, next.manifest.handlers, recovered.schedules, []);
  const named = recovered.pending.map((row) => {
    const [input] = decodeInputs(row.input) as [Input];
    return row.method ? row : { ...row, method: handlerName(broken.handlers, input.handler) };
  });
  const renamed = named.filter((row, index) => row !== recovered.pending[index]);
  return {
    recovered: { ...recovered, image: taken, schedules: carried.due, pending: named, probation: undefined },
    ops: [
      ...(durable(next) ? image.opsTo(name, taken.entries) : cleared(name)),
      ...renamed.flatMap((row): Op[] => [["pending.delete", name, String(row.id)], pendingAdd(name, row)]),
      ...carried.ops,
      ["probation.delete", name],
    ],
  };
}
