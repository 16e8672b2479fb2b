import { decodeInputs, equalBytes, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { RecordingCursor, RecordingItem, RecordingPage, Segment } from "./recording.ts";

/** Bytes of one page, unless its first item alone has more. */
const PAGE_BYTES = 2 * 1024 * 1024;
const PAGE_BATCHES = 200;
const NOTHING = new Uint8Array(0);

export interface PageRequest {
  readonly plugin: string;
  /** ms since the epoch: from the last checkpoint before it; from as early as is kept where absent. */
  readonly from?: number;
  /** `next` of the page before; the first page where absent. */
  readonly cursor?: RecordingCursor;
  /** The settings now, for checkpoints that don't say which they had. */
  readonly settings: Uint8Array;
}

type Reads = Pick<Journal, "read">;
type Beginning = Pick<Segment, "seq" | "version" | "settings">;

/**
 * What the journal has of a plugin's inputs, a page at a time. A segment begins with the first page, and at each checkpoint where
 * another version or other settings took over.
 *
 *   checkpoint ── batches ── checkpoint ── batches ── checkpoint of another version ── batches ── now
 *   segment      batch …                  batch …    segment                          batch …
 */
export async function readPage(journal: Reads, request: PageRequest): Promise<RecordingPage> {
  const { plugin, cursor, settings } = request;
  const rows = await journal.read("checkpoint.places", plugin);
  const checkpoints = rows.map((row): Beginning => ({ ...row, settings: row.settings ?? settings }));
  const items: RecordingItem[] = [];
  let last = cursor?.after ?? -1;
  let begun = checkpoints.find(({ seq }) => seq === cursor?.segment);
  if (!cursor) {
    begun = await beginning(journal, request, checkpoints);
    if (!begun) return { items, next: null };
    last = begun.seq - 1;
    items.push(await segment(journal, plugin, begun));
  }
  const batches = await journal.read("batch.after", plugin, last, PAGE_BATCHES);
  let bytes = 0;
  for (const { seq, version, inputs, effects } of batches) {
    const next = checkpoints.find((one) => one.seq > last && one.seq <= seq && (!begun || differs(one, begun)));
    if (next) {
      begun = next;
      items.push(await segment(journal, plugin, next));
    }
    // History was let go of meanwhile: what comes now has no state to begin with.
    if (begun?.version !== version) return { items, next: null };
    items.push({ kind: "batch", seq, inputs, effects });
    last = seq;
    bytes += inputs.length + effects.length;
    if (bytes > PAGE_BYTES) break;
  }
  return { items, next: begun && batches.length > 0 ? { after: last, segment: begun.seq } : null };
}

/** The last checkpoint before `from`; the first of all where there is none, or the plugin's first input. */
async function beginning(
  journal: Reads,
  request: PageRequest,
  checkpoints: readonly Beginning[],
): Promise<Beginning | undefined> {
  const { plugin, from, settings } = request;
  const [oldest] = await journal.read("batch.after", plugin, -1, 1);
  // Batches before the first checkpoint have a beginning only where it is the plugin's own.
  const first =
    oldest && oldest.seq === 0 && checkpoints[0]?.seq !== 0 ? { seq: 0, version: oldest.version, settings } : undefined;
  const candidates = first ? [first, ...checkpoints] : checkpoints;
  if (from === undefined) return candidates[0];
  for (const candidate of candidates.toReversed()) {
    const [batch] = await journal.read("batch.after", plugin, candidate.seq - 1, 1);
    const time = batch && decodeInputs(batch.inputs)[0]?.time;
    if (time !== undefined && time <= from) return candidate;
  }
  return candidates[0];
}

async function segment(journal: Reads, plugin: string, { seq, version, settings }: Beginning): Promise<Segment> {
  const [[stored], [checkpoint]] = await Promise.all([
    journal.read("version.one", plugin, version),
    journal.read("checkpoint.one", plugin, seq),
  ]);
  if (!stored) throw new StepppsError("E_RECORDING", `${plugin} ${version} is no longer on the device`);
  return { kind: "segment", seq, version, settings, envelope: stored.envelope, state: checkpoint?.state ?? NOTHING };
}

function differs(one: Beginning, other: Beginning): boolean {
  return one.version !== other.version || !equalBytes(one.settings, other.settings);
}
