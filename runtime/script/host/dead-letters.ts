import { type DeadLetter, type DeadLetterInput, decodeInputs, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import { NOTHING } from "../workflow/offer.ts";
import { handlerNumber } from "../workflow/renumber.ts";
import type { PluginHost } from "./plugin-host.ts";

/** What could not be handled, newest first: of one plugin, or of all. */
export function listDeadLetters(
  journal: Pick<Journal, "read">,
  plugin: string | undefined,
  limit: number,
): Promise<readonly DeadLetter[]> {
  return journal.read("dead.all", plugin ?? null, limit);
}

/** One in full; throws E_DEAD_LETTER_UNKNOWN. */
export async function showDeadLetter(journal: Pick<Journal, "read">, plugin: string, id: string): Promise<DeadLetterInput> {
  const { row, input } = await find(journal, plugin, id);
  const { input: _, ...rest } = row;
  const { kind, time, name, payload } = input;
  return { ...rest, kind, name, arrived: time, payload: Buffer.from(payload).toString("base64") };
}

/** Forgets one; throws E_DEAD_LETTER_UNKNOWN. */
export async function dropDeadLetter(journal: Pick<Journal, "read" | "commit">, plugin: string, id: string): Promise<void> {
  await find(journal, plugin, id);
  await journal.commit([["dead.delete", plugin, id]]);
}

/** Gives one to its plugin again, as an input of now; it is forgotten with what that brings about. */
export async function replayDeadLetter(
  journal: Pick<Journal, "read">,
  host: Pick<PluginHost, "workflow">,
  plugin: string,
  id: string,
): Promise<void> {
  const { input, row } = await find(journal, plugin, id);
  const workflow = host.workflow(plugin);
  const handler = row.method === null ? input.handler : handlerNumber(workflow.version.manifest.handlers, row.method);
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error) => (error ? reject(error) : resolve());
    workflow.offer({ ...input, handler, meta: NOTHING, attempts: 0, ops: [["dead.delete", plugin, id]], settle });
  });
}

async function find(journal: Pick<Journal, "read">, plugin: string, id: string) {
  const [row] = await journal.read("dead.one", plugin, id);
  if (!row) throw new StepppsError("E_DEAD_LETTER_UNKNOWN", `${plugin} ${id.slice(0, 40)}`);
  const [input] = decodeInputs(row.input);
  if (!input) throw new StepppsError("E_FRAME", `dead letter ${id}`);
  return { row, input };
}
