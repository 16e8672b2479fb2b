import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BOARDS, type Board } from "../../../board-support/index.ts";
import { type PartitionPlace, readGpt } from "../../../images/formats/gpt.ts";
import type { Slot } from "../../../runtime/contract/index.ts";
import { type BootFinding, readBootPartition, rootVersion } from "./boot-finding.ts";
import { Card } from "./card.ts";
import { type Cut, PIECE_BYTES } from "./cuts.ts";
import { type DataFinding, readDataPartition } from "./data-finding.ts";
import { partitionsOf, TABLE_BYTES } from "./gpt-finding.ts";
import type { CardEvent, History, Write } from "./history.ts";
import { type Fault, type Finding, judge } from "./judge.ts";
import type { Programs } from "./programs.ts";
import type { Recording } from "./recording.ts";
import { entered, type StartCounts, startCountsOf } from "./start-counts.ts";

/** Looks at what power cuts left of one recorded card. What two of them have in common is looked at once. */
export class Examiner {
  readonly board: Board;
  readonly #recording: Recording;
  readonly #history: History;
  readonly #partitions: ReadonlyMap<string, PartitionPlace>;
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #card: Card;
  /** By partition: the number of events until its last one, for each number of events; of "data" all behind it counts. */
  readonly #last: ReadonlyMap<string, Uint32Array>;
  readonly #known = new Map<string, unknown>();

  private constructor(
    recording: Recording,
    history: History,
    partitions: readonly PartitionPlace[],
    card: Card,
    folder: string,
    programs: Programs,
  ) {
    this.board = BOARDS.find(({ name }) => name === recording.board) as Board;
    this.#recording = recording;
    this.#history = history;
    this.#partitions = new Map(partitions.map((partition) => [partition.name, partition]));
    this.#card = card;
    this.#folder = folder;
    this.#programs = programs;
    this.#last = new Map(partitions.map((partition) => [partition.name, lastEvents(history.events, grown(partition))]));
  }

  /** `folder`: for what passes through. */
  static async open(recording: Recording, history: History, folder: string, programs: Programs): Promise<Examiner> {
    await mkdir(folder, { recursive: true });
    const partitions = await readGpt(recording.image);
    const card = await Card.open(recording.image, history.events, pieceBytes(partitions));
    return new Examiner(recording, history, partitions, card, folder, programs);
  }

  /** What is found, and what is wrong with it. Cuts come in the order of their `whole`. */
  async examine(cut: Cut): Promise<{ readonly finding: Finding; readonly faults: Fault[] }> {
    const finding = await this.#card.after(cut, () => this.#look(cut));
    return { finding, faults: judge(finding, this.#recording, cut.at, this.#history.eventsAt) };
  }

  /** Writes the whole card to a file. */
  async write(cut: Cut, path: string): Promise<void> {
    await this.#card.after(cut, () => this.#card.copy(path));
  }

  async #look(cut: Cut): Promise<Finding> {
    const { versions } = this.#recording;
    const { table, partitions } = this.#table();
    const { counts, problems } = this.#startCounts();
    const [boot, a, b, data] = ["boot", "root-a", "root-b", "data"].map((name) => partitions.get(name)) as [
      PartitionPlace,
      PartitionPlace,
      PartitionPlace,
      PartitionPlace,
    ];
    const root = (partition: PartitionPlace) =>
      this.#once(cut, partition, async () => rootVersion(this.#card.read(partition.offset, partition.size), versions));
    const [bootFinding, dataFinding] = await Promise.all([
      this.#once<BootFinding>(cut, boot, async () => {
        const file = join(this.#folder, "boot.img");
        await this.#card.copy(file, boot);
        return readBootPartition(file, this.board.bootControl, this.#recording, this.#folder, this.#programs);
      }),
      this.#once<DataFinding>(cut, data, async () => {
        const file = join(this.#folder, "data.img");
        await this.#card.copy(file, data);
        return readDataPartition(file, join(this.#folder, "data"), this.#programs);
      }),
    ]);
    return {
      table: [...table, ...problems],
      boot: bootFinding,
      entered: slotsEntered(bootFinding, counts),
      data: dataFinding,
      roots: { a: await root(a), b: await root(b) },
    };
  }

  /** The partitions as they are; those of before where they can't be read. */
  #table(): { table: readonly string[]; partitions: ReadonlyMap<string, PartitionPlace> } {
    try {
      const found = partitionsOf(this.#card.read(0, TABLE_BYTES));
      const moved = [...this.#partitions.values()].filter((old) => {
        const now = found.find(({ name }) => name === old.name);
        return now?.offset !== old.offset || now.size < old.size || (now.size !== old.size && old.name !== "data");
      });
      if (moved.length > 0)
        return { table: [`partitions moved: ${moved.map(({ name }) => name)}`], partitions: this.#partitions };
      return { table: [], partitions: new Map(found.map((partition) => [partition.name, partition])) };
    } catch (error) {
      return { table: [(error as Error).message], partitions: this.#partitions };
    }
  }

  #startCounts(): { counts: StartCounts | undefined; problems: readonly string[] } {
    try {
      return { counts: startCountsOf(this.#card.read(0, TABLE_BYTES)), problems: [] };
    } catch (error) {
      return { counts: undefined, problems: [(error as Error).message] };
    }
  }

  /** What `look` found in a partition the last time that it was as it is now. */
  async #once<T>(cut: Cut, partition: PartitionPlace, look: () => Promise<T>): Promise<T> {
    const kept = cut.kept.filter(({ event }) => touches(this.#history.events[event] as CardEvent, grown(partition)));
    const state = JSON.stringify([partition, this.#last.get(partition.name)?.[cut.whole], kept]);
    const known = this.#known.get(partition.name) as { state: string; found: T } | undefined;
    if (known?.state === state) return known.found;
    const found = await look();
    this.#known.set(partition.name, { state, found });
    return found;
  }
}

/** Each start of the boot loader's, none of which lives for long. */
function slotsEntered({ starts, rootHashes }: BootFinding, counts: StartCounts | undefined): Slot[] {
  let known = counts;
  return starts.map(({ slot: named }) => {
    const start = entered(known, named, (slot) => rootHashes[slot]);
    known = start.counts;
    return start.slot;
  });
}

/** Events that are near one another. */
const NEAR = 4;

/** Whether a partition was written around that time. */
export function changes(partition: PartitionPlace, events: readonly CardEvent[], { whole, at }: Cut): boolean {
  return events.slice(Math.max(0, whole - NEAR), at).some((event) => touches(event, partition));
}

/** What a card writes at once, by where it is. */
export function pieceBytes(partitions: readonly PartitionPlace[]): (offset: number) => number {
  const roots = partitions.find(({ name }) => name === "root-a") as PartitionPlace;
  return (offset) => (offset < roots.offset ? PIECE_BYTES.boot : PIECE_BYTES.rest);
}

/** The last partition becomes larger. */
function grown(partition: PartitionPlace): PartitionPlace {
  return partition.name === "data" ? { ...partition, size: Number.POSITIVE_INFINITY } : partition;
}

function lastEvents(events: readonly CardEvent[], partition: PartitionPlace): Uint32Array {
  const last = new Uint32Array(events.length + 1);
  for (const [i, event] of events.entries()) last[i + 1] = touches(event, partition) ? i + 1 : (last[i] as number);
  return last;
}

function touches(event: CardEvent, { offset, size }: PartitionPlace): boolean {
  const isIn = (write: Write) => write.offset < offset + size && write.offset + write.bytes.length > offset;
  if (event.kind === "write") return isIn(event);
  return event.kind === "loader" && event.writes.some(isIn);
}
