import { join } from "node:path";
import { MAX_MODEL_BYTES, ModelName, parse, StepppsError } from "../contract/index.ts";
import { Type } from "../contract/type.ts";
import { type ModelFile, splitModelFile } from "../inference/model-file.ts";
import type { Files } from "../platform/index.ts";
import { MAX_MODEL_ENVELOPE_BYTES } from "../trust/index.ts";

/** Which file of the folder a model is, and which one was before it. */
export interface ModelPlace {
  readonly file: string;
  readonly before?: string;
}

const FileName = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\\.model$" });
const closed = { additionalProperties: false } as const;
/** `gone`: files that nothing names any more. One that could not be removed yet must not come back as one that somebody put there. */
const Index = Type.Object(
  {
    models: Type.Record(ModelName, Type.Object({ file: FileName, before: Type.Optional(FileName) }, closed), closed),
    gone: Type.Array(FileName, { maxItems: 1_000 }),
  },
  closed,
);

export const MODEL_SUFFIX = ".model";
const INDEX = "models.json";
const MAX_INDEX_BYTES = 1024 * 1024;
const MAX_FILE_BYTES = MAX_MODEL_BYTES + MAX_MODEL_ENVELOPE_BYTES + 8192;

/**
 * The folder of a device's models. What is at work is what the index names: it is written last, whole, so that a crash leaves the
 * model of before or the new one.
 */
export class ModelFiles {
  readonly #folder: string;
  readonly #files: Files;
  #places: Readonly<Record<string, ModelPlace>> = {};
  #gone: readonly string[] = [];

  constructor(folder: string, files: Files) {
    this.#folder = folder;
    this.#files = files;
  }

  get places(): Readonly<Record<string, ModelPlace>> {
    return this.#places;
  }

  /** Reads the index. An index that is damaged counts as none: the files say themselves what they are. Throws E_FILE. */
  async open(): Promise<void> {
    await this.#files.makePrivate(this.#folder);
    const bytes = await this.#files.read(join(this.#folder, INDEX), MAX_INDEX_BYTES);
    try {
      const index = parse(Index, bytes ? JSON.parse(Buffer.from(bytes).toString("utf8")) : { models: {}, gone: [] }, "E_MODEL");
      this.#places = index.models as Readonly<Record<string, ModelPlace>>;
      this.#gone = index.gone;
    } catch {
      this.#places = {};
      this.#gone = [];
    }
    await this.#clear();
  }

  /** Files that the index doesn't name: somebody put them there, or a deploy was cut short. */
  async strangers(): Promise<string[]> {
    const known = new Set([...namedBy(this.#places), ...this.#gone]);
    return (await this.#files.list(this.#folder)).filter((name) => name.endsWith(MODEL_SUFFIX) && !known.has(name));
  }

  /** Throws E_MODEL where it is gone or no model's file, E_FILE. */
  async read(file: string): Promise<ModelFile> {
    const bytes = await this.#files.read(join(this.#folder, file), MAX_FILE_BYTES);
    if (!bytes) throw new StepppsError("E_MODEL", `${file} is gone`);
    return splitModelFile(bytes, MAX_MODEL_ENVELOPE_BYTES);
  }

  /** Throws E_DISK_FULL, E_FILE. */
  add(file: string, bytes: Uint8Array): Promise<void> {
    return this.#files.write(join(this.#folder, file), bytes);
  }

  /** `place` undefined: there is no such model any more. Files that nothing names from then on are removed. */
  async point(name: string, place: ModelPlace | undefined): Promise<void> {
    const { [name]: old, ...others } = this.#places;
    const models = place ? { ...others, [name]: place } : others;
    const named = namedBy(models);
    const gone = [...new Set([...this.#gone, ...namedBy(old ? { [name]: old } : {})])].filter((file) => !named.has(file));
    await this.#write(models, gone);
    await this.#clear();
  }

  /** Removes what is gone; what can't be removed now is so at the next start. */
  async #clear(): Promise<void> {
    const left: string[] = [];
    for (const file of this.#gone) await this.remove(file).catch(() => left.push(file));
    if (left.length < this.#gone.length) await this.#write(this.#places, left).catch(() => {});
  }

  async #write(models: Readonly<Record<string, ModelPlace>>, gone: readonly string[]): Promise<void> {
    await this.#files.write(join(this.#folder, INDEX), Buffer.from(`${JSON.stringify({ models, gone }, null, 2)}\n`));
    this.#places = models;
    this.#gone = gone;
  }

  remove(file: string): Promise<void> {
    return this.#files.remove(join(this.#folder, file));
  }
}

function namedBy(places: Readonly<Record<string, ModelPlace>>): Set<string> {
  return new Set(Object.values(places).flatMap(({ file, before }) => (before === undefined ? [file] : [file, before])));
}
