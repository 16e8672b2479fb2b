import { StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { PluginHostOptions } from "../host/host-options.ts";
import { PluginHost } from "../host/plugin-host.ts";
import { Book } from "./book.ts";
import { because } from "./candidate.ts";
import { type Deployment, SUSPICIOUS_STARTS } from "./deployment.ts";
import { Deploys } from "./deploys.ts";
import type { DeployPorts } from "./ports.ts";

export interface PluginsOptions
  extends Omit<PluginHostOptions, "stored" | "suspects" | "paused" | "probationFull" | "probationUntil" | "canaryPaused">,
    Pick<DeployPorts, "authority" | "limits" | "reported"> {}

/** The plugins of a device, and all that changes them. */
export interface Plugins {
  readonly host: PluginHost;
  /** Its `resume` is to be called when messages come in. */
  readonly deploys: Deploys;
  close(): Promise<void>;
}

/** Every plugin of the journal at work, a version that may be why the supervisor ended again and again taken back. */
export async function openPlugins(options: PluginsOptions): Promise<Plugins> {
  const book = await Book.open(options);
  const suspects = suspected(book);
  let deploys: Deploys | undefined;
  const host = await PluginHost.start({
    ...options,
    stored: (envelope) => options.authority.stored(envelope),
    suspects: new Map([...suspects].map(([plugin, { ops }]) => [plugin, ops])),
    paused: (plugin, error) => deploys?.paused(plugin, error),
    canaryPaused: (plugin, error) => deploys?.canaryPaused(plugin, error),
    probationUntil: (plugin) => deploys?.probationUntil(plugin),
    probationFull: (plugin) => deploys?.probationFull(plugin),
  });
  for (const [plugin, { deployment }] of suspects)
    if (host.find(plugin) && !host.find(plugin)?.workflow.probation) book.told(deployment);
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

function suspected(book: Book): Map<string, { deployment: Deployment; ops: readonly Op[] }> {
  const found = book.open.filter(({ outcome, starts }) => outcome === "probation" && starts >= SUSPICIOUS_STARTS);
  return new Map(
    found.map((deployment) => {
      const error = because(new StepppsError("E_GATE_STARTS", `${deployment.starts} times`));
      return [deployment.plugin, book.turn(deployment, { step: "gate", outcome: "rolled-back", error })];
    }),
  );
}
