import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { LayerRecord } from "../../../runtime/boot/device/layer/layer-record.ts";
import { openDatabase } from "../../../runtime/store/thread/open.ts";
import type { Programs } from "./programs.ts";

/** What a data partition holds, as the device finds it at its next start. */
export interface DataFinding {
  /** Whether e2fsck -p changed more than to replay the journal. */
  readonly repaired: boolean;
  /** How the supervisor's journal was opened; undefined where there is none yet. */
  readonly journal: string | undefined;
  /** The version of the plugin; undefined where there is none yet. */
  readonly plugin: { readonly version: string; readonly envelope: string | undefined } | undefined;
  /** Versions of the layer that the device has written down, and the SHA-256 of the file of each, where that is there. */
  readonly layers: readonly FoundLayer[];
  /** How often each number was counted. */
  readonly counted: ReadonlyMap<string, number>;
  /** Numbers that were taken and are still to be counted. */
  readonly pending: ReadonlySet<string>;
  readonly problems: readonly string[];
}

export interface FoundLayer {
  readonly as: "current" | "trial";
  readonly version: string;
  readonly sha256: string | undefined;
}

const FILES = ["journal.db", "journal.db-wal", "update/update.json", "layers/layers.json"];
const NUMBER = /\b(?:loose|other|exact|after)-\d+/g;
const FIELD = "counted/";
/** e2fsck's exit codes [e2fsck(8)]: 1 and 2 repaired, from 4 on not. */
const NOT_REPAIRED = 4;

/** `image`: the partition alone, a file, which is repaired as PID 1 does it, then looked at as a whole; `work`: a folder of its own. */
export async function readDataPartition(image: string, work: string, programs: Programs): Promise<DataFinding> {
  const problems: string[] = [];
  const preened = await programs.ended("e2fsck", ["-p", image]);
  if (preened.code >= NOT_REPAIRED) problems.push(`e2fsck -p ended with ${preened.code}: ${preened.said}`);
  const checked = await programs.ended("e2fsck", ["-f", "-n", image]);
  if (checked.code !== 0) problems.push(`e2fsck -f -n ended with ${checked.code}: ${checked.said}`);
  await rm(work, { recursive: true, force: true });
  for (const folder of ["update", "layers"]) await mkdir(join(work, folder), { recursive: true });
  const dump = async (names: readonly string[]) => {
    const script = join(work, "dump");
    await writeFile(script, names.map((name) => `dump /steppps/${name} ${join(work, name)}\n`).join(""));
    await programs.run("debugfs", ["-f", script, image]);
  };
  await dump(FILES);
  const parsed = async (name: string): Promise<unknown> => {
    const content = await readFile(join(work, name), "utf8").catch(() => undefined);
    if (content === undefined) return undefined;
    try {
      return JSON.parse(content);
    } catch {
      problems.push(`${name} is damaged: ${content.slice(0, 100)}`);
      return undefined;
    }
  };
  await parsed("update/update.json");
  const layers = await readLayers((await parsed("layers/layers.json")) as LayerRecord | undefined, work, dump);
  const file = join(work, "journal.db");
  const repaired = preened.code !== 0;
  const empty = { journal: undefined, plugin: undefined, counted: new Map(), pending: new Set<string>() };
  const nothing = { ...empty, repaired, layers, problems };
  if (!existsSync(file)) return nothing;
  try {
    const { database, opened } = openDatabase(file);
    using _ = database;
    if (opened.state === "replaced") problems.push("the journal was damaged");
    return { ...nothing, journal: opened.state, ...readLedger(database) };
  } catch (error) {
    return { ...nothing, problems: [...problems, `the journal: ${(error as Error).message}`] };
  }
}

/** What a device has written down of its layers, and the files that this names. */
async function readLayers(
  record: LayerRecord | undefined,
  work: string,
  dump: (names: readonly string[]) => Promise<void>,
): Promise<FoundLayer[]> {
  const wanted = Object.values(record ?? {}).flatMap(({ current, trial }) => [
    ...(current ? [{ as: "current" as const, ...current }] : []),
    ...(trial ? [{ as: "trial" as const, ...trial }] : []),
  ]);
  const fileOf = (id: string) => `layers/${id}.layer`;
  if (wanted.length > 0) await dump(wanted.map(({ id }) => fileOf(id)));
  return Promise.all(
    wanted.map(async ({ as, id, version }) => {
      const content = await readFile(join(work, fileOf(id))).catch(() => undefined);
      return { as, version, sha256: content && createHash("sha256").update(content).digest("hex") };
    }),
  );
}

function readLedger(database: DatabaseSync): Pick<DataFinding, "plugin" | "counted" | "pending"> {
  const row = database
    .prepare(
      "SELECT version.version, version.envelope FROM plugin LEFT JOIN version USING (name, version) WHERE plugin.name = 'ledger'",
    )
    .get() as { version: string; envelope: Uint8Array | null } | undefined;
  const state = database.prepare("SELECT key, value FROM state WHERE plugin = 'ledger'").all() as {
    key: string;
    value: Uint8Array;
  }[];
  const counted = state
    .filter(({ key }) => key.startsWith(FIELD))
    .map(({ key, value }) => [key.slice(FIELD.length), smallNumber(value)]);
  const inputs = database.prepare("SELECT input FROM pending WHERE plugin = 'ledger'").all() as { input: Uint8Array }[];
  const pending = inputs.flatMap(({ input }) => Buffer.from(input).toString("latin1").match(NUMBER) ?? []);
  const envelope = row?.envelope && createHash("sha256").update(row.envelope).digest("hex");
  return {
    plugin: row && { version: row.version, envelope: envelope ?? undefined },
    counted: new Map(counted as [string, number][]),
    pending: new Set(pending),
  };
}

/** CBOR of a number below 24 is one byte [RFC 8949, 3.1]; NaN for anything else. */
function smallNumber(value: Uint8Array): number {
  return value.length === 1 && (value[0] as number) < 24 ? (value[0] as number) : Number.NaN;
}
