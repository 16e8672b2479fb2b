import { type ControlVerb, decodeInputs, StepppsError, type SystemStatus } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import { NOTHING } from "../workflow/offer.ts";
import type { Arguments, Verb } from "./control.ts";
import type { PluginHost } from "./plugin-host.ts";

export interface VerbPorts {
  readonly host: PluginHost;
  readonly journal: Journal;
  status(): SystemStatus | Promise<SystemStatus>;
}

/** What a device does when it is asked, by verb. */
export function controlVerbs({ host, journal, status }: VerbPorts): Readonly<Record<ControlVerb, Verb>> {
  return {
    status,
    rollback: (args) => host.rollback(name(args)),
    remove: async (args) => {
      await host.remove(name(args));
      return { removed: name(args) };
    },
    "dead-letters": (args) => deadLetters(args, host, journal),
    inputs: (args) => recording(args, host, journal),
    events: (args) => journal.read("event.last", bounded(args, "limit", 100, 1000)),
  };
}

/** `action`: list (default), show, replay, drop; the latter three want the `letter`'s id. */
async function deadLetters(args: Arguments, host: PluginHost, journal: Journal): Promise<unknown> {
  const { action = "list" } = args;
  if (action === "list")
    return journal.read("dead.all", args.plugin === undefined ? null : name(args), bounded(args, "limit", 100, 1000));
  const plugin = name(args);
  const id = String(args.letter ?? "");
  const [row] = await journal.read("dead.one", plugin, id);
  if (!row) throw new StepppsError("E_DEAD_LETTER_UNKNOWN", `${plugin} ${id.slice(0, 40)}`);
  const [input] = decodeInputs(row.input);
  if (!input) throw new StepppsError("E_FRAME", `dead letter ${id}`);
  if (action === "show") {
    const { input: _, ...rest } = row;
    const { kind, handler, time, name: topic, payload } = input;
    return { ...rest, kind, handler, arrived: time, name: topic, payload: Buffer.from(payload).toString("base64") };
  }
  if (action === "drop") {
    await journal.commit([["dead.delete", plugin, id]]);
    return { dropped: id };
  }
  if (action !== "replay") throw new StepppsError("E_CONTROL", `no action ${String(action).slice(0, 40)}`);
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error) => (error ? reject(error) : resolve());
    host.workflow(plugin).offer({ ...input, meta: NOTHING, attempts: 0, ops: [["dead.delete", plugin, id]], settle });
  });
  return { replayed: id };
}

/** Bytes of batches in one answer, unless the first of them alone has more. */
const PAGE_BYTES = 2 * 1024 * 1024;

/** What `steppps replay` needs: the last checkpoint and the batches since, from `after` on; the next page begins after the last one. */
async function recording(args: Arguments, host: PluginHost, journal: Journal): Promise<unknown> {
  const plugin = name(args);
  const { version } = host.workflow(plugin).version.manifest;
  const after = bounded(args, "after", -1, Number.MAX_SAFE_INTEGER, -1);
  const [checkpoint] = after < 0 ? await journal.read("checkpoint.first", plugin, version) : [];
  const batches = await journal.read("batch.after", plugin, Math.max(after, (checkpoint?.seq ?? 0) - 1), 200);
  const [stored] = after < 0 ? await journal.read("version.one", plugin, version) : [];
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return {
    plugin,
    version,
    ...(stored && { envelope: base64(stored.envelope), settings: base64(host.workflow(plugin).version.settings) }),
    ...(checkpoint && { checkpoint: { seq: checkpoint.seq, state: base64(checkpoint.state) } }),
    batches: page(batches).map((batch) => ({ ...batch, inputs: base64(batch.inputs), effects: base64(batch.effects) })),
  };
}

function page<B extends { inputs: Uint8Array; effects: Uint8Array }>(batches: readonly B[]): readonly B[] {
  let bytes = 0;
  const end = batches.findIndex(({ inputs, effects }, index) => {
    bytes += inputs.length + effects.length;
    return index > 0 && bytes > PAGE_BYTES;
  });
  return end < 0 ? batches : batches.slice(0, end);
}

function name(args: Arguments): string {
  const { plugin } = args;
  if (typeof plugin !== "string") throw new StepppsError("E_CONTROL", "no plugin is named");
  return plugin;
}

function bounded(args: Arguments, field: string, fallback: number, max: number, min = 1): number {
  const value = args[field] ?? fallback;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max)
    throw new StepppsError("E_CONTROL", `${field} must be from ${min} to ${max}`);
  return value;
}
