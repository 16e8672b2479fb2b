import { StepppsError } from "../../../contract/errors/index.ts";
import type { SystemEvent } from "../../../contract/event.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatEvent } from "../../format.ts";

interface Options extends DeviceOptions {
  readonly follow?: boolean;
  readonly limit: string;
}

/** As many as a device gives at once. */
const MAX_LIMIT = 1000;

/** One line an event, oldest first; with --json one JSON object a line. */
export async function run(invocation: Invocation<Options>) {
  const { args, options, out, signal } = invocation;
  const [plugin] = args;
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new StepppsError("E_CLI_OPTION", `--limit ${options.limit}`);
  const ofPlugin = (event: SystemEvent) => plugin === undefined || event.plugin === plugin;
  const print = (event: SystemEvent) => out.result(event, () => formatEvent(event));
  await withDevice(invocation, async (device) => {
    // Listens before it asks: nothing that happens between the two is missed, and what comes by both ways is told once.
    const coming: SystemEvent[] = [];
    const follow = { take: (event: SystemEvent) => void coming.push(event) };
    if (options.follow) await device.listen((event) => follow.take(event));
    const events = (await device.ask("events", { limit: plugin === undefined ? limit : MAX_LIMIT })) as SystemEvent[];
    const newest = events.filter(ofPlugin).slice(0, limit);
    for (const event of newest.toReversed()) print(event);
    if (!options.follow) return;
    const told = events.map((event) => JSON.stringify(event));
    follow.take = (event) => {
      const again = told.indexOf(JSON.stringify(event));
      if (again >= 0) told.splice(again, 1);
      else if (ofPlugin(event)) print(event);
    };
    coming.forEach(follow.take);
    await device.stay(signal);
  });
  return undefined;
}
