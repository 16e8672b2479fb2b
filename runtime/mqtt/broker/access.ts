import { CONTROL_ROOT, filterCovers } from "../../contract/index.ts";

/** What an MQTT client may do. The first rule whose filter covers the topic decides; where none does, it may not. */
export interface AccessRule {
  readonly does: "publish" | "subscribe";
  readonly filter: string;
  readonly allow: boolean;
}

/** Where commands to a device go. What it answers is its own. */
const COMMANDS = ["deploy", "rpc/+/+", "offer/+", "chunk/+"];
const command: readonly AccessRule[] = COMMANDS.map((below) => ({
  does: "publish",
  filter: `${CONTROL_ROOT}/+/${below}`,
  allow: true,
}));

/**
 * For clients on this machine: anything but the device's own answers. A leading wildcard does not cover topics that begin with
 * '$' [MQTT-4.7.2-1], so those stay closed.
 */
export const LOOPBACK_ACCESS: readonly AccessRule[] = [
  ...command,
  { does: "publish", filter: `${CONTROL_ROOT}/#`, allow: false },
  { does: "publish", filter: "#", allow: true },
  { does: "subscribe", filter: "#", allow: true },
];

/** What a device tells whoever is let hear it: no commands, and no answers. */
const SHOWN = ["state", "ha/#"].map((below) => `${CONTROL_ROOT}/+/${below}`);
const OTHER_DEVICE = new RegExp(`^${CONTROL_ROOT}/[^+#/]+/`);

/** What a user of the device document is let do. */
export interface UserGrants {
  readonly publish?: readonly string[];
  readonly subscribe?: readonly string[];
  /** May also give the device's own commands, and hear its answers. */
  readonly operator?: boolean;
}

/**
 * The rules that come to these grants: nothing that is reserved, whatever their filters say, except for an operator. Another
 * device that has its broker here is a user too, and may have what is reserved for that one: by a filter that names it, as in
 * `steppps/<other device>/#`. Whether a device is there and what it shows to Home Assistant may be granted to anyone, by its name.
 */
export function accessOf({ publish = [], subscribe = [], operator = false }: UserGrants, device: string): readonly AccessRule[] {
  const allow = (does: AccessRule["does"], filters: readonly string[]) =>
    filters.filter((filter) => !filter.startsWith("$")).map((filter): AccessRule => ({ does, filter, allow: true }));
  const granted = [...allow("publish", publish), ...allow("subscribe", subscribe)];
  const reserved = (filter: string): AccessRule[] => [
    { does: "publish", filter, allow: false },
    { does: "subscribe", filter, allow: operator },
  ];
  const shown = ({ does, filter }: AccessRule) => does === "subscribe" && SHOWN.some((one) => filterCovers(one, filter));
  return [
    ...(operator ? command : []),
    ...granted.filter(shown),
    ...reserved(`${CONTROL_ROOT}/${device}/#`),
    ...granted.filter(({ filter }) => OTHER_DEVICE.test(filter)),
    ...reserved(`${CONTROL_ROOT}/#`),
    ...granted,
  ];
}

/** Whether `topic` is one that commands to a device go to. */
export function isCommand(topic: string): boolean {
  return topic.startsWith(`${CONTROL_ROOT}/`) && mayAccess(command, "publish", topic);
}

/**
 * Whether `rules` let a client publish to, or subscribe with, `topic`. A filter may be let through that also matches topics
 * which a rule before it denies: what a client gets is asked again for each topic.
 */
export function mayAccess(rules: readonly AccessRule[], does: AccessRule["does"], topic: string): boolean {
  for (const rule of rules) if (rule.does === does && filterCovers(rule.filter, topic)) return rule.allow;
  return false;
}
