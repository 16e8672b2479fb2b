import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Static } from "typebox";
import { parse, SLOTS, StepppsError, text, UPDATE_STEPS, type UpdateStep, utf8 } from "../contract/index.ts";
import { Type } from "../contract/type.ts";
import type { Files } from "../platform/index.ts";
import { MAX_IMAGE_ENVELOPE_BYTES } from "../trust/image.ts";

const closed = { additionalProperties: false } as const;
const Text = Type.String({ maxLength: 4096 });
const Id = Type.String({ pattern: "^[0-9a-f]{64}$" });
const ErrorText = Type.Object({ code: Text, what: Text, detail: Text, fix: Text }, closed);

/** Where an update stands. */
const Current = Type.Object(
  {
    id: Id,
    version: Text,
    from: Text,
    slot: Type.Enum(SLOTS),
    /** Absent: nothing is fetched; a person asked for the other slot as it is, or the slot at work was never blessed. */
    source: Type.Optional(Type.Object({ url: Type.Optional(Text), file: Type.Optional(Text), bodyAt: Type.Integer() }, closed)),
    step: Type.Enum(Object.keys(UPDATE_STEPS) as UpdateStep[]),
    outcome: Type.Enum(["running", "waiting", "done", "refused", "rolled-back"]),
    /** Of all its parts, and how many of the bundle were fetched for them. */
    bytes: Type.Optional(Type.Object({ total: Type.Integer(), fetched: Type.Integer() }, closed)),
    /** A person said yes. */
    approved: Type.Boolean(),
    /** How often the boot loader was told to try it. */
    attempts: Type.Integer({ minimum: 0 }),
    /** The boot in which it was told last, and whether it is known to have been told. */
    bootId: Type.Optional(Text),
    told: Type.Optional(Type.Boolean()),
    /** How the device did before, which the gate compares with. */
    before: Type.Optional(
      Type.Object({ plugins: Type.Array(Text, { maxItems: 10_000 }), broker: Type.Boolean(), uplink: Type.Boolean() }, closed),
    ),
    /** Why it goes back, or went no further. */
    error: Type.Optional(ErrorText),
    log: Type.Optional(Type.String({ maxLength: 65_536 })),
    time: Type.Integer(),
  },
  closed,
);
export type Current = Static<typeof Current>;
export type Before = NonNullable<Current["before"]>;

/** All that a device remembers of updates, in one file. */
const UpdateRecord = Type.Object(
  {
    current: Type.Optional(Current),
    /** Versions that were taken back here, the last of them. */
    rejected: Type.Array(Type.Object({ id: Id, version: Text }, closed), { maxItems: 100 }),
    /** What was blessed in each slot. */
    installed: Type.Object({ a: Type.Optional(Text), b: Type.Optional(Text) }, closed),
  },
  closed,
);
export type UpdateRecord = Static<typeof UpdateRecord>;

const MAX_BYTES = 1024 * 1024;
const EMPTY: UpdateRecord = { rejected: [], installed: {} };

/** The folder in which an update keeps what it needs to go on after a power cut. */
export class UpdateFolder {
  readonly #files: Files;
  readonly #path: string;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Where parts lie that are not yet on the boot partition. */
  staged(part: string): string {
    return join(this.#path, "parts", part);
  }

  /** What is known of the last boots: written by whoever starts the supervisor, too. */
  get bootLog(): string {
    return join(this.#path, "boot.log");
  }

  async open(): Promise<void> {
    await this.#files.makePrivate(this.#path);
    await this.#files.makePrivate(join(this.#path, "parts"));
  }

  /** Empty where there is none. Throws E_FILE, E_SCHEMA where it is damaged. */
  async read(): Promise<UpdateRecord> {
    const bytes = await this.#files.read(join(this.#path, "update.json"), MAX_BYTES);
    if (!bytes) return EMPTY;
    let value: unknown;
    try {
      value = JSON.parse(text(bytes));
    } catch (cause) {
      throw new StepppsError("E_SCHEMA", "update.json", { cause });
    }
    return parse(UpdateRecord, value);
  }

  async write(record: UpdateRecord): Promise<void> {
    await this.#files.write(join(this.#path, "update.json"), utf8(JSON.stringify(record)));
  }

  /** The envelope that `id` names; undefined where another or none lies there. */
  async envelope(id: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#files.read(join(this.#path, "image.cose"), MAX_IMAGE_ENVELOPE_BYTES);
    return bytes && createHash("sha256").update(bytes).digest("hex") === id ? bytes : undefined;
  }

  async keepEnvelope(envelope: Uint8Array): Promise<void> {
    await this.#files.write(join(this.#path, "image.cose"), envelope);
  }

  /** Of the boots since the update was tried, at most 16 KiB; empty where there is nothing. */
  async readBootLog(): Promise<string> {
    const bytes = await this.#files.read(this.bootLog, MAX_BYTES).catch(() => undefined);
    return bytes ? Buffer.from(bytes).toString("utf8").slice(-LOG_CHARACTERS) : "";
  }

  async clearBootLog(): Promise<void> {
    await this.#files.remove(this.bootLog);
  }

  async addToBootLog(line: string): Promise<void> {
    await this.#files.write(this.bootLog, utf8(`${await this.readBootLog()}${line}\n`.slice(-LOG_CHARACTERS)));
  }

  /** What is only needed until the slot works. */
  async clearParts(): Promise<void> {
    for (const name of await this.#files.list(join(this.#path, "parts"))) await this.#files.remove(this.staged(name));
  }
}

const LOG_CHARACTERS = 16 * 1024;
