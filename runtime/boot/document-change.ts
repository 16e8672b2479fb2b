import type { DeviceDocument } from "../contract/index.ts";

/** When a part of the document comes into force: as soon as the file is saved, or at the supervisor's next start. */
export type Effect = "now" | "restart";

/** By part, the more particular one first where it is named. A test holds the keys against the document's schema. */
export const PART_EFFECTS = {
  name: "restart",
  group: "now",
  owners: "now",
  mqtt: "restart",
  "mqtt/users": "now",
  uplink: "restart",
  discovery: "restart",
  web: "restart",
  network: "now",
  ssh: "restart",
  timezone: "restart",
  deploys: "now",
  updates: "now",
  install: "now",
  retention: "now",
  "retention/journalMegabytes": "restart",
  storage: "now",
  plugins: "now",
  inference: "now",
} as const satisfies Record<string, Effect>;
export type DocumentPart = keyof typeof PART_EFFECTS;

/** The parts in which two documents differ. */
export function changedParts(before: DeviceDocument, after: DeviceDocument): DocumentPart[] {
  return (Object.keys(PART_EFFECTS) as DocumentPart[]).filter((part) => canonical(before, part) !== canonical(after, part));
}

/** What the document says of a part, without what a more particular part says, in one spelling. */
function canonical(document: DeviceDocument, part: DocumentPart): string {
  const [key = "", below] = part.split("/");
  const value = (document as Record<string, unknown>)[key];
  if (below !== undefined) return JSON.stringify(sorted((value as Record<string, unknown> | undefined)?.[below]));
  if (value === undefined) return "{}";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const rest = Object.entries(value).filter(([name]) => !Object.hasOwn(PART_EFFECTS, `${key}/${name}`));
  return JSON.stringify(sorted(Object.fromEntries(rest)));
}

/** Objects without order, and nothing told apart from an empty one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value ?? {};
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
