import type { DeployReport, RpcMethod, RpcRequest, SystemStatus } from "../contract/index.ts";
import { optionalText, type RpcFunction, textArgument, wholeArgument } from "../mqtt/index.ts";
import { dropDeadLetter, listDeadLetters, type PluginHost, readPage, replayDeadLetter, showDeadLetter } from "../script/index.ts";
import type { Journal } from "../store/index.ts";

export interface MethodPorts {
  readonly host: PluginHost;
  readonly journal: Journal;
  readonly deploys: DeployMethods;
  status(): SystemStatus;
}

/** What can be done about deploys. */
export interface DeployMethods {
  list(limit: number): Promise<readonly DeployReport[]>;
  approve(id: string): Promise<unknown>;
  refuse(id: string): Promise<unknown>;
  rollback(plugin: string): Promise<unknown>;
  remove(plugin: string): Promise<void>;
}

/** What a device does when it is asked, by method. What other parts answer is added to these by whoever wires them. */
export function createMethods({ deploys, host, journal, status }: MethodPorts): Partial<Record<RpcMethod, RpcFunction>> {
  return {
    status: () => status(),
    events: (args) => {
      const plugin = optionalText(args, "plugin");
      const limit = wholeArgument(args, "limit", LIMIT);
      return plugin === undefined ? journal.read("event.last", limit) : journal.read("event.of", plugin, limit);
    },
    inputs: (args) => inputs(args, host, journal),
    "dead-letters": (args) => {
      const plugin = optionalText(args, "plugin");
      if (args.letter === undefined) return listDeadLetters(journal, plugin, wholeArgument(args, "limit", LIMIT));
      return showDeadLetter(journal, textArgument(args, "plugin"), textArgument(args, "letter"));
    },
    "dead-letter": async (args) => {
      const [plugin, letter] = [textArgument(args, "plugin"), textArgument(args, "letter")];
      if (args.drop === true) {
        await dropDeadLetter(journal, plugin, letter);
        return { dropped: letter };
      }
      await replayDeadLetter(journal, host, plugin, letter);
      return { replayed: letter };
    },
    deploys: (args) => deploys.list(wholeArgument(args, "limit", LIMIT)),
    approve: (args) => deploys.approve(textArgument(args, "deploy")),
    refuse: (args) => deploys.refuse(textArgument(args, "deploy")),
    rollback: (args) => deploys.rollback(textArgument(args, "plugin")),
    remove: async (args) => {
      const plugin = textArgument(args, "plugin");
      await deploys.remove(plugin);
      return { removed: plugin };
    },
  };
}

const LIMIT = { min: 1, max: 1000, fallback: 100 } as const;

/** A page of what `steppps replay` needs; the next begins where its `next` says. */
function inputs(args: RpcRequest, host: PluginHost, journal: Journal): unknown {
  const plugin = textArgument(args, "plugin");
  const any = { min: -1, max: Number.MAX_SAFE_INTEGER, fallback: undefined };
  const [from, after, segment] = ["from", "after", "segment"].map((field) => wholeArgument(args, field, any));
  const { settings } = host.workflow(plugin).version;
  return readPage(journal, {
    plugin,
    settings,
    ...(from !== undefined && { from }),
    ...(after !== undefined && segment !== undefined && { cursor: { after, segment } }),
  });
}
