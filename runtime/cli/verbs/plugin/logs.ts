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
  const print = (event: SystemEvent) => {
    if (plugin === undefined || event.plugin === plugin) out.result(event, () => formatEvent(event));
  };
  await withDevice(invocation, async (device) => {
    const newest = (await device.ask("events", { limit: plugin === undefined ? limit : MAX_LIMIT })) as SystemEvent[];
    const wanted = newest.filter((event) => plugin === undefined || event.plugin === plugin);
    for (const event of wanted.slice(0, limit).reverse()) print(event);
    if (!options.follow) return;
    await device.listen(print);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  });
  return undefined;
}
