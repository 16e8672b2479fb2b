import type { Slot } from "../../../runtime/contract/index.ts";
import { type Bound, type Figure, judge } from "../../bench/figure.ts";
import { FAULT_KINDS, type Fault } from "./judge.ts";

export interface PowerCutReport {
  readonly board: string;
  readonly seed: number;
  readonly recorded: {
    readonly starts: number;
    readonly writes: number;
    readonly bytes: number;
    readonly flushes: number;
    readonly messages: number;
    readonly acknowledged: number;
  };
  readonly states: Outcome;
  readonly booted: readonly BootedState[];
  /** Cards that forget what they said to have kept: how many were looked at, and in how many a lost message was noticed. */
  readonly lies: { readonly made: number; readonly found: number };
  readonly seconds: number;
  readonly faults: readonly Fault[];
}

/** The figures of a run, as the benchmark commands write theirs. */
export function figuresOf({ states, booted, faults }: PowerCutReport): Figure[] {
  const row = (name: string, bound: Bound, value: number) => judge({ name: `power cuts: ${name}`, unit: "", bound }, value);
  const kinds = Object.keys(FAULT_KINDS).map((kind) => [kind, faults.filter((fault) => fault.kind === kind).length] as const);
  return [
    row("states looked at", `>= ${STATES}`, states.count),
    row("states started", `>= ${BOOTS}`, booted.length),
    ...kinds.map(([kind, count]) => row(kind, "<= 0", count)),
  ];
}

/** What a release is held to. */
const STATES = 1000;
const BOOTS = 25;

/** How many states there were of each kind. */
export interface Outcome {
  readonly count: number;
  readonly cuts: Readonly<Record<string, number>>;
  readonly slots: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<string, number>>;
  readonly plugins: Readonly<Record<string, number>>;
  readonly layers: Readonly<Record<string, number>>;
  readonly journals: Readonly<Record<string, number>>;
  /** Whose file system e2fsck changed beyond replaying its journal. */
  readonly repaired: number;
  /** What it took to look at one, in ms on average. */
  readonly millis: number;
}

export interface StateSummary {
  readonly cut: "boundary" | "between";
  readonly slot: Slot | undefined;
  readonly image: string | undefined;
  readonly plugin: string | undefined;
  /** All that is written down of it; "" for nothing. */
  readonly layer: string;
  readonly journal: string | undefined;
  readonly counted: number;
  readonly repaired: boolean;
}

export interface BootedState {
  readonly cut: string;
  readonly slot: Slot | undefined;
  readonly image: string | undefined;
  readonly plugin: string | undefined;
  /** ms from the kernel's start until messages were handled; undefined where it did not come to that. */
  readonly ready: number | undefined;
  readonly starts: number;
  readonly faults: readonly Fault[];
}

/** For people: what a release carries. */
export function toMarkdown(report: PowerCutReport): string {
  const { board, seed, recorded, states, booted, lies, seconds, faults } = report;
  const { starts, writes, bytes, flushes, messages, acknowledged } = recorded;
  const isUp = booted.filter(({ ready }) => ready !== undefined).length;
  const rows: readonly (readonly [string, string])[] = [
    ["starts of the machine", String(starts)],
    ["writes", `${writes} (${(bytes / 1e6).toFixed(1)} MB)`],
    ["flushes", String(flushes)],
    ["messages", `${messages}, of which ${acknowledged} were acknowledged`],
    ["**states looked at**", `${states.count} (${counts(states.cuts)}), each in ${Math.round(states.millis)} ms`],
    ["slot that starts", counts(states.slots)],
    ["image in it", counts(states.images)],
    ["version of the plugin", counts(states.plugins)],
    ["version of the layer", counts(states.layers)],
    ["how the journal was opened", counts(states.journals)],
    ["file systems that e2fsck changed before they were mounted", String(states.repaired)],
    ["**states started**", `${booted.length}, of which ${isUp} handled messages`],
    ["cards that forget what they had kept, and were noticed", `${lies.found} of ${lies.made}`],
    ...Object.entries(FAULT_KINDS).map(
      ([kind, text]) => [`**${kind}**: ${text}`, String(faults.filter((fault) => fault.kind === kind).length)] as const,
    ),
  ];
  return [
    "# Figures: power cuts",
    "",
    "Written by `node tests/faults/power-cut.ts --doc`, from one run. [power-cuts.md](power-cuts.md) says what is done and what it can't show.",
    "",
    `Board ${board}, seed ${seed}, ${seconds} s.`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    ...faults.slice(0, MOST_SHOWN).map(({ kind, text }) => `- ${kind}: ${text}`),
    ...(faults.length > 0 ? [""] : []),
  ].join("\n");
}

const MOST_SHOWN = 50;

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, number]) => `${name}: ${number}`)
    .join(", ");
}
