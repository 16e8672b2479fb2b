import { StepppsError } from "../../contract/index.ts";
import type { PluginHostOptions, TakenBack } from "../host/host-options.ts";
import { PluginHost } from "../host/plugin-host.ts";
import { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { SUSPICIOUS_STARTS } from "./deployment.ts";
import { Deploys } from "./deploys.ts";
import type { DeployPorts } from "./ports.ts";

export interface PluginsOptions
  extends Omit<
      PluginHostOptions,
      "stored" | "suspicion" | "takenBack" | "paused" | "probationFull" | "probationUntil" | "canaryPaused"
    >,
    Pick<DeployPorts, "authority" | "limits" | "reported"> {}

/** The plugins of a device, and all that changes them. */
export interface Plugins {
  readonly host: PluginHost;
  /** Its `resume` is to be called when messages come in. */
  readonly deploys: Deploys;
  close(): Promise<void>;
}

/** Every plugin of the journal at work. A version on probation that can't be, or may be why the supervisor ends, is taken back. */
export async function openPlugins(options: PluginsOptions): Promise<Plugins> {
  const book = await Book.open(options);
  let deploys: Deploys | undefined;
  const host = await PluginHost.start({
    ...options,
    stored: (envelope) => options.authority.stored(envelope),
    suspicion: (plugin) => suspicion(book, plugin),
    takenBack: (plugin, error) => takenBack(book, plugin, error),
    paused: (plugin, error) => deploys?.paused(plugin, error),
    canaryPaused: (plugin, error) => deploys?.canaryPaused(plugin, error),
    probationUntil: (plugin) => deploys?.probationUntil(plugin),
    probationFull: (plugin) => deploys?.probationFull(plugin),
  });
  deploys = new Deploys({ ...options, host }, book);
  const changes = deploys;
  return {
    host,
    deploys: changes,
    async close() {
      await changes.close();
      await host.close();
    },
  };
}

function suspicion(book: Book, plugin: string): StepppsError | undefined {
  const { starts = 0 } = book.at(plugin, "probation") ?? {};
  return starts >= SUSPICIOUS_STARTS ? new StepppsError("E_GATE_STARTS", `${starts} times`) : undefined;
}

function takenBack(book: Book, plugin: string, error: StepppsError): TakenBack {
  const open = book.at(plugin, "probation");
  if (!open) return { previous: undefined, ops: [], told() {} };
  const { deployment, ops } = book.turn(open, { step: "gate", outcome: "rolled-back", error: because(error) });
  return { previous: open.previous, ops, told: () => void book.told(deployment) };
}
