import { createHash } from "node:crypto";
import type { BootStep, BootVolume, Measured } from "../../runtime/platform/index.ts";

/** What lies on a boot partition, and in the firmware's variables. */
export interface BootState {
  readonly files: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, number>;
}

/** A boot partition in memory, which remembers every state that a power cut could have left. */
export class RecordedPartition implements BootVolume {
  #files = new Map<string, string>();
  #variables = new Map<string, number>();
  readonly #sources: ReadonlyMap<string, string>;
  /** One after each thing that reaches the disk. */
  readonly states: BootState[] = [];

  /** `sources`: contents of files elsewhere, by path. */
  constructor(sources: ReadonlyMap<string, string> = new Map(), state?: BootState) {
    this.#sources = sources;
    if (state) [this.#files, this.#variables] = [new Map(state.files), new Map(state.variables)];
  }

  get state(): BootState {
    return { files: new Map(this.#files), variables: new Map(this.#variables) };
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const content = this.#files.get(path);
    return content === undefined ? undefined : Buffer.from(content, "latin1");
  }

  async list(folder: string): Promise<string[]> {
    const prefix = folder === "" ? "" : `${folder}/`;
    const names = [...this.#files.keys()].filter((path) => path.startsWith(prefix) && !path.endsWith(".new"));
    return [...new Set(names.map((path) => path.slice(prefix.length).split("/")[0] as string))].sort();
  }

  async variable(name: string): Promise<number | undefined> {
    return this.#variables.get(name);
  }

  async size(path: string): Promise<number> {
    return this.#files.get(path)?.length ?? 0;
  }

  async free(): Promise<number> {
    return 64 * 1024 * 1024;
  }

  path(path: string): string {
    return `/boot/${path}`;
  }

  async measure(path: string): Promise<Measured> {
    const content = this.#content(path);
    if (content === undefined) throw new Error(`${path} is missing`);
    return { size: content.length, sha256: createHash("sha256").update(content, "latin1").digest("hex") };
  }

  async change(steps: readonly BootStep[]): Promise<void> {
    for (const step of steps) for (const act of this.#acts(step)) this.#record(act);
  }

  /** What reaches the disk one after the other. A rename of FAT writes the new name before it takes the old one away. */
  #acts(step: BootStep): (() => unknown)[] {
    const files = this.#files;
    if (step.do === "variable") return [() => this.#setVariable(step.name, step.value)];
    if (step.do === "remove") return [() => files.delete(step.path)];
    if (step.do === "rename") {
      const { from, path } = step;
      return [() => files.set(path, files.get(from) as string), () => files.delete(from)];
    }
    const content = step.do === "write" ? Buffer.from(step.content).toString("latin1") : (this.#content(step.from) as string);
    const beside = `${step.path}.new`;
    return [
      () => files.set(beside, content.slice(0, content.length / 2)),
      () => files.set(beside, content),
      () => files.set(step.path, content),
      () => files.delete(beside),
    ];
  }

  #content(absolute: string): string | undefined {
    return this.#sources.get(absolute) ?? this.#files.get(absolute.replace(/^\/boot\//, ""));
  }

  /** A slot whose status is set back may be started as often as before. */
  #setVariable(name: string, value: number): void {
    this.#variables.set(name, value);
    if (name.startsWith("RootfsStatusSlot") && value === 0) this.#variables.delete("starts");
  }

  #record(act: () => unknown): void {
    act();
    this.states.push(this.state);
  }
}
