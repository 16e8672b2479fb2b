import { watch } from "node:fs";
import { opendir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { asStepppsError, StepppsError, type SystemEvent } from "../../contract/index.ts";
import { type Alarm, type Clock, type MountedStick, mountStick, readDisks, type StickPlaces } from "../../platform/index.ts";
import { type ByteSource, fileSource } from "../../update/index.ts";

export interface StickOptions {
  readonly places: StickPlaces;
  readonly clock: Pick<Clock, "after">;
  readonly emit: (event: Omit<SystemEvent, "time">) => void;
  /** A stick has this bundle at its top. Whether it is wanted: the stick stays mounted then until it is pulled out. */
  found(name: string): Promise<boolean>;
}

const BLOCKS = "/sys/class/block";
const DEVICES = "/dev";
/** After the last change in /dev: a stick comes with all its partitions. */
const SETTLED_MS = 1_000;
/** What of a stick is looked at: people put a bundle on it, somebody else a million files. */
const MOST_PARTITIONS = 8;
const MOST_ENTRIES = 4_096;
const MOST_BUNDLES = 8;
/** A plain name: it is told in events, and is no way out of the folder. */
const BUNDLE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.(bundle|layer)$/;

/** Bundles on USB sticks and cards, as they come and go. */
export class Sticks {
  readonly #options: StickOptions;
  /** By partition, and which appearance of it. */
  readonly #seen = new Map<string, MountedStick | undefined>();
  #turn: Promise<void> = Promise.resolve();
  #look: Alarm | undefined;
  #end = () => {};

  constructor(options: StickOptions) {
    this.#options = options;
  }

  /** Looks at what is plugged in, and from now on at what comes. Resolves when the first look is over. */
  async follow(): Promise<void> {
    const { clock, emit } = this.#options;
    try {
      const watcher = watch(DEVICES, (kind) => {
        if (kind !== "rename") return; // somebody writes to a console or the watchdog
        this.#look?.cancel();
        this.#look = clock.after(SETTLED_MS, () => void this.#again());
      });
      watcher.on("error", () => watcher.close());
      this.#end = () => watcher.close();
    } catch (error) {
      const { code, message } = asStepppsError(error, "E_FILE");
      emit({ kind: "device.trouble", level: "warn", code, text: `sticks are looked at once only: ${message}` });
    }
    await this.#again();
  }

  /** A bundle on one of the sticks that are plugged in. Throws E_UPDATE_SOURCE. */
  async open(name: string): Promise<ByteSource> {
    const mounted = [...this.#seen.values()].filter((stick) => stick !== undefined);
    for (const { path } of BUNDLE.test(name) ? mounted : []) {
      const source = await fileSource(join(path, name)).catch(() => undefined);
      if (source) return source;
    }
    throw new StepppsError("E_UPDATE_SOURCE", `no stick with ${name} is plugged in`);
  }

  close(): void {
    this.#end();
    this.#look?.cancel();
    for (const stick of this.#seen.values()) stick?.close();
    this.#seen.clear();
  }

  /** One look after the other. Never rejects. */
  #again(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#lookAtAll()).catch(() => {});
    return this.#turn;
  }

  async #lookAtAll(): Promise<void> {
    const there = await partitions();
    for (const [key, stick] of this.#seen) {
      if (there.has(key)) continue;
      stick?.close();
      this.#seen.delete(key);
    }
    for (const [key, name] of there) if (!this.#seen.has(key)) await this.#lookAt(key, name);
  }

  async #lookAt(key: string, name: string): Promise<void> {
    this.#seen.set(key, undefined);
    const stick = await mountStick(join(DEVICES, name), this.#options.places);
    if (!stick) return;
    this.#seen.set(key, stick);
    let wanted = false;
    for (const bundle of await bundlesIn(stick.path).catch(() => []))
      if (await this.#options.found(bundle).catch(() => false)) wanted = true;
    if (wanted) return;
    stick.close();
    this.#seen.set(key, undefined);
  }
}

/** Of disks that can be taken out and that nothing runs from: name of the device, by that and the number of its appearance. */
async function partitions(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { name, removable, uses } of await readDisks()) {
    if (!removable || uses.length > 0) continue;
    const appearance = (await readFile(join(BLOCKS, name, "diskseq"), "utf8").catch(() => "")).trim();
    const parts = (await readdir(join(BLOCKS, name)).catch(() => [])).filter((entry) => entry.startsWith(name)).sort();
    for (const part of parts.length > 0 ? parts.slice(0, MOST_PARTITIONS) : [name]) found.set(`${part} ${appearance}`, part);
  }
  return found;
}

async function bundlesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  let entries = 0;
  for await (const { name } of await opendir(folder)) {
    if (BUNDLE.test(name)) found.push(name);
    if (++entries === MOST_ENTRIES || found.length === MOST_BUNDLES) break;
  }
  return found.sort();
}
