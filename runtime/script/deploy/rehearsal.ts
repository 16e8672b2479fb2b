import { decodeInputs } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { StateEntries } from "../plugin/migrate.ts";
import { readSnapshot } from "../workflow/image.ts";
import type { Recorded } from "./pieces.ts";

/** A state that a version had, and the inputs that it handled from there on. */
export interface Rehearsal {
  readonly entries: StateEntries;
  /** Of the first input, ms since the epoch: when it is as if it were. */
  readonly time: number;
  readonly batches: AsyncIterable<Recorded>;
}

/** Rows in one answer of the journal: one may have some MiB. */
const PAGE = 16;

/**
 * The newest state of `version` that at least `wanted` inputs have followed since, or else its oldest; undefined where nothing
 * was recorded from which its history could be handled again.
 */
export async function findRehearsal(
  journal: Pick<Journal, "read">,
  plugin: string,
  version: string,
  seq: number,
  wanted: number,
): Promise<Rehearsal | undefined> {
  const [checkpoint] = await journal.read("checkpoint.rehearsal", plugin, version, seq - wanted);
  const [stats] = await journal.read("batch.stats", plugin);
  // Without one it must have been there from its first input on.
  if (!checkpoint && stats?.firstSeq !== 0) return undefined;
  const first = (await journal.read("batch.after", plugin, (checkpoint?.seq ?? 0) - 1, PAGE)).filter(
    (batch) => batch.version === version,
  );
  const [input] = first[0] ? decodeInputs(first[0].inputs) : [];
  if (!input || (!checkpoint && first[0]?.seq !== 0)) return undefined;
  const entries = checkpoint ? readSnapshot(checkpoint.state) : new Map();
  return { entries, time: input.time, batches: follow(journal, plugin, version, first) };
}

async function* follow(
  journal: Pick<Journal, "read">,
  plugin: string,
  version: string,
  first: readonly (Recorded & { version: string })[],
): AsyncGenerator<Recorded> {
  for (let page = first; page.length > 0; ) {
    for (const { seq, inputs, version: by } of page) {
      if (by !== version) return;
      yield { seq, inputs };
    }
    page = await journal.read("batch.after", plugin, (page.at(-1) as Recorded).seq, PAGE);
  }
}
