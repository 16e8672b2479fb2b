import type { Slot } from "../../../runtime/contract/index.ts";
import type { BootFinding } from "./boot-finding.ts";
import type { DataFinding } from "./data-finding.ts";
import type { Moment } from "./history.ts";
import type { Recording } from "./recording.ts";

/** What was found on a card after a power cut. */
export interface Finding {
  /** What is wrong with the partition table. */
  readonly table: readonly string[];
  readonly boot: BootFinding;
  /** The slots that PID 1 enters by its own count, where the boot loader names those of `boot.starts`. */
  readonly entered: readonly Slot[];
  /** The version that each root partition is, all of it. */
  readonly roots: Readonly<Record<Slot, string | undefined>>;
  readonly data: DataFinding;
}

/** What may be wrong. */
export interface Fault {
  readonly kind: FaultKind;
  readonly text: string;
}

export const FAULT_KINDS = {
  unbootable: "would not start, or did not when it was started",
  lost: "acknowledged messages are missing",
  repeated: "messages counted more often than they came",
  torn: "an image, a plugin or a layer that is neither the old nor the new version, or the one before what was said to stay",
  damaged: "a file system, the journal or a file that has to be repaired by hand",
} as const;
export type FaultKind = keyof typeof FAULT_KINDS;

type Promised = Pick<Recording, "messages" | "deploys" | "updates" | "envelopes" | "layers" | "layerFiles" | "document">;

/**
 * What is wrong with a card; nothing where all is as it should be. `at`: when the power went, in events; what was promised by
 * then holds.
 */
export function judge(finding: Finding, promised: Promised, at: number, eventsAt: (moment: Moment) => number): Fault[] {
  const { boot, data } = finding;
  const told = (list: Promised["deploys"]) => list.filter(({ moment }) => eventsAt(moment) <= at).at(-1)?.version;
  const { lost, repeated } = messages(data, promised, at, eventsAt);
  const found: Readonly<Record<FaultKind, readonly string[]>> = {
    unbootable: [...finding.table, ...boot.problems, ...unbootable(finding)],
    lost,
    repeated,
    torn: [
      ...older(finding, told(promised.updates)),
      ...plugin(data, promised, told(promised.deploys)),
      ...layer(data, promised, told(promised.layers)),
    ],
    damaged: [...data.problems, ...(boot.document === promised.document ? [] : ["steppps.yaml is another"])],
  };
  return Object.entries(found).flatMap(([kind, texts]) => texts.map((text) => ({ kind: kind as FaultKind, text })));
}

/** Each start has to be of a slot whose files and root are of one version. */
function unbootable({ boot: { starts }, entered, roots }: Finding): string[] {
  if (starts.length === 0) return ["nothing starts"];
  // A few cuts are no reason to leave a slot: it takes five silent starts.
  const left = starts.filter(({ slot }, i) => entered[i] !== slot);
  if (left.length > 0) return each(left, ({ slot }) => `PID 1 leaves slot ${slot}, which the boot loader names`);
  const broken = starts.filter(({ slot, version }) => version === undefined || roots[slot] !== version);
  return each(broken, ({ slot, version }) => `slot ${slot} is not whole: files of ${version}, root of ${roots[slot]}`);
}

/** Not of one before the version that was said to stay. */
function older({ boot: { starts } }: Finding, atWork: string | undefined): string[] {
  const before = starts.filter(({ version }) => atWork !== undefined && version !== atWork);
  return each(before, ({ slot, version }) => `slot ${slot} starts with ${version}, and ${atWork} was at work for good`);
}

function each<T>(list: readonly T[], say: (item: T) => string): string[] {
  return [...new Set(list.map(say))];
}

function plugin({ plugin: found }: DataFinding, { envelopes, deploys }: Promised, told: string | undefined): string[] {
  if (!found) return told === undefined ? [] : [`version ${told} of the plugin was at work and is not there`];
  const order = deploys.map(({ version }) => version);
  return [
    ...(found.envelope !== undefined && found.envelope === envelopes[found.version]
      ? []
      : [`version ${found.version} of the plugin is not whole`]),
    ...(order.indexOf(found.version) < order.indexOf(told ?? "")
      ? [`version ${told} of the plugin was at work, not ${found.version}`]
      : []),
  ];
}

/** What the device has written down of its layer is there, all of it, and none before the one that was mounted. */
function layer({ layers: found }: DataFinding, { layers, layerFiles }: Promised, told: string | undefined): string[] {
  const broken = found.filter(({ version, sha256 }) => sha256 === undefined || sha256 !== layerFiles[version]);
  const order = layers.map(({ version }) => version);
  const current = found.find(({ as }) => as === "current")?.version;
  return [
    ...broken.map(({ as, version }) => `version ${version} of the layer (${as}) is not whole`),
    ...(told !== undefined && (current === undefined || order.indexOf(current) < order.indexOf(told))
      ? [`version ${told} of the layer was mounted, not ${current}`]
      : []),
  ];
}

function messages(
  { counted, pending }: DataFinding,
  { messages: sent }: Promised,
  at: number,
  eventsAt: (moment: Moment) => number,
): { readonly lost: string[]; readonly repeated: string[] } {
  const known = new Map(sent.map((message) => [message.number, message]));
  const kept = sent.filter(({ acknowledged }) => acknowledged && eventsAt(acknowledged) <= at).map(({ number }) => number);
  const lost = kept.filter((number) => !counted.has(number) && !pending.has(number));
  // QoS 2 comes once, also when the connection was lost in between
  const mayRepeat = (number: string) => known.get(number)?.again && !number.startsWith("exact-");
  const often = [...counted].filter(([number, count]) => count !== 1 && !(count > 1 && mayRepeat(number)));
  const strange = [...counted.keys()].filter((number) => !known.has(number));
  return {
    lost: lost.length > 0 ? [`${lost.length} acknowledged messages are lost: ${sample(lost)}`] : [],
    repeated: [
      ...(often.length > 0
        ? [`counted another number of times than once: ${sample(often.map(([n, count]) => `${n} ${count} times`))}`]
        : []),
      ...(strange.length > 0 ? [`counted and never sent: ${sample(strange)}`] : []),
    ],
  };
}

function sample(list: readonly string[]): string {
  return list.slice(0, 5).join(", ") + (list.length > 5 ? ", …" : "");
}
