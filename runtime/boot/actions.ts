import type { Actions, DeployOptions, DeployReport, SystemEvent } from "../contract/index.ts";
import { dropDeadLetter, listDeadLetters, type PluginHost, replayDeadLetter, showDeadLetter } from "../script/index.ts";
import type { Journal } from "../store/index.ts";

export interface ActionPorts {
  readonly host: PluginHost;
  readonly journal: Pick<Journal, "read" | "commit">;
  readonly deploys: {
    take(envelope: Uint8Array, options: DeployOptions): Promise<DeployReport>;
    list(limit: number): Promise<readonly DeployReport[]>;
    approve(id: string): Promise<unknown>;
    refuse(id: string): Promise<unknown>;
    rollback(plugin: string): Promise<unknown>;
    remove(plugin: string): Promise<unknown>;
  };
}

/** What the page's buttons do: the same as the commands of the command line. */
export function createActions({ host, journal, deploys }: ActionPorts): Actions {
  return {
    deploy: (envelope, options) => deploys.take(envelope, options),
    deploys: (limit) => deploys.list(limit),
    approve: (id) => deploys.approve(id),
    refuse: (id) => deploys.refuse(id),
    rollback: (plugin) => deploys.rollback(plugin),
    remove: (plugin) => deploys.remove(plugin),
    events: async (plugin, limit) => (await journal.read("event.of", plugin, limit)).map(readEvent),
    deadLetters: (plugin, limit) => listDeadLetters(journal, plugin, limit),
    deadLetter: (plugin, id) => showDeadLetter(journal, plugin, id),
    replayDeadLetter: (plugin, id) => replayDeadLetter(journal, host, plugin, id),
    dropDeadLetter: (plugin, id) => dropDeadLetter(journal, plugin, id),
  };
}

type Row = { [Field in keyof Required<SystemEvent>]: SystemEvent[Field] | string | null };

/** As `emit` had it. A row of a later version's kind is shown all the same. */
function readEvent({ plugin, code, trace, ...rest }: Row): SystemEvent {
  return { ...rest, ...(plugin && { plugin }), ...(code && { code }), ...(trace && { trace }) } as SystemEvent;
}
