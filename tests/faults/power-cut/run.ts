import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type PartitionPlace, readGpt } from "../../../images/formats/gpt.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import type { Random } from "../kill-loop/random.ts";
import { boot } from "./boots.ts";
import { boundaryCuts, type Cut, randomCuts } from "./cuts.ts";
import { changes, Examiner, pieceBytes } from "./examiner.ts";
import { type History, readHistory } from "./history.ts";
import { type Fault, judge } from "./judge.ts";
import { lyingCuts } from "./lying-card.ts";
import { Programs } from "./programs.ts";
import type { Recording } from "./recording.ts";
import { compareWithCard } from "./replay.ts";
import type { BootedState, Outcome, PowerCutReport, StateSummary } from "./report.ts";

/** Of why a state would not start: the reason comes first, what the machine's processors held last. */
const MOST_SAID = 6_000;

export interface PowerCutOptions {
  readonly recording: Recording;
  /** Where the recorded device was. */
  readonly recorded: string;
  readonly folder: string;
  /** Cuts to look at; all boundaries where there is room for them, and as many at random as fill it up. */
  readonly states: number;
  /** How many of them are started. */
  readonly boots: number;
  readonly random: Random;
  readonly seed: number;
  say(line: string): void;
}

/** So many cuts of a card that forgets what it said to have kept: the oracle must find something. */
const LIES = 12;

/** Cuts the power of a recorded device again and again, and says what was left of it. */
export async function cutPower(options: PowerCutOptions, tools: Toolset): Promise<PowerCutReport> {
  const { recording, folder, states, boots, random, seed, say } = options;
  const began = Date.now();
  await mkdir(folder, { recursive: true });
  await using programs = new Programs();
  const history = await readHistory(recording);
  const { events } = history;
  const faults: Fault[] = (await compareWithCard(recording, history, folder)).map(broken);
  const partitions = await readGpt(recording.image);
  const pieces = pieceBytes(partitions);
  const bootPlace = partitions.find(({ name }) => name === "boot") as PartitionPlace;
  const boundaries = evenly(boundaryCuts(events), Math.ceil(states / 2));
  const cuts = inOrder([...boundaries, ...randomCuts(events, states - boundaries.length, random, pieces)]);
  const toBoot = new Set(choose(cuts, boots, (cut) => changes(bootPlace, events, cut)));
  say(`${events.length} events, ${cuts.length} states of them, ${toBoot.size} to be started`);

  const examiner = await Examiner.open(recording, history, join(folder, "look"), programs);
  const summaries: StateSummary[] = [];
  const booted: BootedState[] = [];
  let looked = 0;
  for (const [i, cut] of cuts.entries()) {
    const before = performance.now();
    const { finding, faults: wrong } = await examiner.examine(cut);
    looked += performance.now() - before;
    const [first] = finding.boot.starts;
    summaries.push({
      cut: cut.kept.length > 0 || cut.at > cut.whole ? "between" : "boundary",
      slot: first?.slot,
      image: first?.version,
      plugin: finding.data.plugin?.version,
      layer: finding.data.layers.map(({ as, version }) => (as === "trial" ? `${version} on trial` : version)).join(" and "),
      journal: finding.data.journal,
      counted: finding.data.counted.size,
      repaired: finding.data.repaired,
    });
    faults.push(...at(nameOf(cut), wrong));
    if (toBoot.has(cut)) {
      const state = await bootState(cut, examiner, options, history, programs, tools);
      booted.push(state);
      faults.push(...at(`${nameOf(cut)}, started`, state.faults));
      say(
        `state ${i} started: ${state.faults.length === 0 ? `ready after ${state.ready} ms` : state.faults.map(({ text }) => text).join("; ")}`,
      );
    }
    if ((i + 1) % 100 === 0) say(`${i + 1} states, ${faults.length} things wrong`);
  }
  const lies = await findLies(recording, history, join(folder, "lies"), programs);
  if (lies.found === 0) faults.push(broken("a card that forgets was not noticed: the oracle finds nothing"));
  return {
    board: recording.board,
    seed,
    recorded: recordedOf(recording, history),
    states: { ...outcomeOf(summaries), millis: looked / cuts.length },
    booted,
    lies,
    seconds: Math.round((Date.now() - began) / 1000),
    faults,
  };
}

async function bootState(
  cut: Cut,
  examiner: Examiner,
  { recording, recorded, folder }: PowerCutOptions,
  history: History,
  programs: Programs,
  tools: Toolset,
): Promise<BootedState> {
  const { finding } = await examiner.examine(cut);
  const [first] = finding.boot.starts;
  const known = { cut: nameOf(cut), slot: first?.slot, image: first?.version, plugin: finding.data.plugin?.version };
  try {
    const card = (path: string) => examiner.write(cut, path);
    const hasPlugin = finding.data.plugin !== undefined;
    const { ready, starts, data, sent } = await boot(
      { board: examiner.board, recorded, card, folder: join(folder, "boot"), hasPlugin, programs },
      tools,
    );
    // A plugin that wasn't there may have come since, from a transfer that was whole: it may have counted, and need not.
    const later = hasPlugin ? sent : sent.map(({ acknowledged: _, ...message }) => message);
    const promised = { ...recording, messages: [...recording.messages, ...later] };
    // What was sent to it now was acknowledged for good.
    const eventsAt: typeof history.eventsAt = (moment) => (moment.bytes === 0 ? 0 : history.eventsAt(moment));
    const faults = judge({ ...finding, data }, promised, cut.at, eventsAt);
    return { ...known, ready, starts, faults };
  } catch (error) {
    return {
      ...known,
      ready: undefined,
      starts: 0,
      faults: [{ kind: "unbootable", text: (error as Error).message.slice(0, MOST_SAID) }],
    };
  }
}

async function findLies(recording: Recording, history: History, folder: string, programs: Programs) {
  const examiner = await Examiner.open(recording, history, folder, programs);
  const cuts = lyingCuts(recording, history, LIES);
  let found = 0;
  for (const cut of cuts) if ((await examiner.examine(cut)).faults.some(({ kind }) => kind === "lost")) found++;
  return { made: cuts.length, found };
}

/** Of this test itself: what it found of the device is then worth nothing. */
function broken(text: string): Fault {
  return { kind: "damaged", text };
}

function at(where: string, faults: readonly Fault[]): Fault[] {
  return faults.map(({ kind, text }) => ({ kind, text: `${where}: ${text}` }));
}

/** Half of them where the boot partition changes, the others anywhere. */
function choose(cuts: readonly Cut[], count: number, changesBoot: (cut: Cut) => boolean): Cut[] {
  const near = evenly(cuts.filter(changesBoot), Math.floor(count / 2));
  const rest = cuts.filter((cut) => !near.includes(cut));
  return [...near, ...evenly(rest, count - near.length)];
}

function evenly<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)] as T);
}

function inOrder(cuts: readonly Cut[]): Cut[] {
  return [...cuts].sort((a, b) => a.whole - b.whole || a.at - b.at);
}

function nameOf({ whole, at, kept }: Cut): string {
  if (at === whole) return `after event ${whole}`;
  return `between event ${whole} and ${at}, with ${kept.length} of the writes in between`;
}

function recordedOf({ starts, messages }: Recording, { events }: History): PowerCutReport["recorded"] {
  const writes = events.flatMap((event) => (event.kind === "write" ? event.bytes.length : []));
  return {
    starts: starts.length,
    writes: writes.length,
    bytes: writes.reduce((sum, bytes) => sum + bytes, 0),
    flushes: events.filter(({ kind }) => kind === "flush").length,
    messages: messages.length,
    acknowledged: messages.filter(({ acknowledged }) => acknowledged).length,
  };
}

function outcomeOf(summaries: readonly StateSummary[]): Omit<Outcome, "millis"> {
  const count = (of: (state: StateSummary) => string | undefined) => {
    const counts: Record<string, number> = {};
    for (const state of summaries) counts[of(state) ?? "none"] = (counts[of(state) ?? "none"] ?? 0) + 1;
    return counts;
  };
  return {
    count: summaries.length,
    cuts: count(({ cut }) => cut),
    slots: count(({ slot }) => slot),
    images: count(({ image }) => image),
    plugins: count(({ plugin }) => plugin),
    layers: count(({ layer }) => layer || undefined),
    journals: count(({ journal }) => journal),
    repaired: summaries.filter(({ repaired }) => repaired).length,
  };
}
