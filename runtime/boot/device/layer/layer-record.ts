import { join } from "node:path";
import type { Static } from "typebox";
import { parse, StepppsError, text, utf8, Version } from "../../../contract/index.ts";
import { Type } from "../../../contract/type.ts";
import type { Files } from "../../../platform/index.ts";

const closed = { additionalProperties: false } as const;
const Kept = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{64}$" }), version: Version }, closed);

/** What is known of one layer: the version that worked, and one that is being tried. */
const LayerEntry = Type.Object(
  {
    current: Type.Optional(Kept),
    /** How often the machine began to try it: one that takes the machine with it is not tried for ever. */
    trial: Type.Optional(Type.Object({ ...Kept.properties, attempts: Type.Integer({ minimum: 1, maximum: 100 }) }, closed)),
  },
  closed,
);
export type LayerEntry = Static<typeof LayerEntry>;
const LayerRecord = Type.Record(Type.String({ pattern: "^[a-z][a-z0-9-]{0,30}$" }), LayerEntry, closed);
export type LayerRecord = Static<typeof LayerRecord>;

const MAX_BYTES = 64 * 1024;
const NAME = "layers.json";

/** `layers.json`: which of the files beside it were accepted. Each change is on the disk when `set` resolves. */
export class LayerBook {
  readonly #files: Files;
  readonly #folder: string;
  #record: LayerRecord = {};

  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Throws E_FILE, E_SCHEMA where it is damaged; then there are no layers. */
  async open(): Promise<void> {
    await this.#files.makePrivate(this.#folder);
    const bytes = await this.#files.read(join(this.#folder, NAME), MAX_BYTES);
    if (!bytes) return;
    let value: unknown;
    try {
      value = JSON.parse(text(bytes));
    } catch (cause) {
      throw new StepppsError("E_SCHEMA", NAME, { cause });
    }
    this.#record = parse(LayerRecord, value);
  }

  get entries(): readonly (readonly [name: string, entry: LayerEntry])[] {
    return Object.entries(this.#record);
  }

  get(name: string): LayerEntry {
    return this.#record[name] ?? {};
  }

  async set(name: string, entry: LayerEntry): Promise<void> {
    const { [name]: _, ...others } = this.#record;
    const next: LayerRecord = entry.current || entry.trial ? { ...others, [name]: entry } : others;
    await this.#files.write(join(this.#folder, NAME), utf8(JSON.stringify(next)));
    this.#record = next;
  }

  /** Where a layer's file lies. */
  file(id: string): string {
    return join(this.#folder, `${id}.layer`);
  }

  /** Removes what no entry names: of a layer that is gone, or was never whole. */
  async sweep(): Promise<void> {
    const wanted = new Set(Object.values(this.#record).flatMap(({ current, trial }) => [current?.id, trial?.id]));
    for (const name of await this.#files.list(this.#folder))
      if (name.endsWith(".layer") && !wanted.has(name.slice(0, -".layer".length)))
        await this.#files.remove(join(this.#folder, name));
  }
}
