import type { Command, Option } from "./command.ts";

/** Taken by every command. */
export const COMMON_OPTIONS: readonly Option[] = [
  { flags: "--json", summary: "print the result as JSON" },
  { flags: "--data <dir>", summary: "the data directory; default: $STEPPPS_DATA, or steppps-data in the checkout" },
];

/** Taken by commands that talk to a device. */
const DEVICE_OPTIONS: readonly Option[] = [
  { flags: "--device <name>", summary: "the device's name; default: the one that runs from the data directory" },
  { flags: "--broker <url>", summary: "the broker that reaches it, such as mqtt://kitchen.local" },
  { flags: "--sign <key>", summary: "the key that signs commands for a device elsewhere", default: "owner" },
  { flags: "--timeout <duration>", summary: "how long to wait for its answer", default: "10s" },
];

/** All that a command takes, its own first; one of its own stands in place of a common one. */
export function optionsOf(command: Command): readonly Option[] {
  const own = command.options ?? [];
  const common = [...(command.device ? DEVICE_OPTIONS : []), ...COMMON_OPTIONS];
  return [...own, ...common.filter(({ flags }) => !own.some((option) => option.flags === flags))];
}
