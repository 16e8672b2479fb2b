import type { ErrorTable } from "./table.ts";

/** The bridge between the embedded broker and one elsewhere. */
export const uplinkErrors = {
  E_UPLINK_RULE: {
    what: "A rule of the uplink is not valid",
    why: "Filters and prefixes have to make topics, and nothing below steppps/ or '$' is bridged by a rule",
    fix: "Correct the rule that the detail names, under uplink.rules in steppps.yaml",
  },
  E_UPLINK_TOPIC: {
    what: "A message was not carried over the uplink",
    why: "With the rule's prefix its topic is longer than a topic may be, or is one of the device's own",
    fix: "Shorten the prefix, or give the rule another one",
  },
} as const satisfies ErrorTable;
