import { EventEmitter } from "node:events";
import {
  asStepppsError,
  compareVersions,
  type LayerManifest,
  type LayerPrograms,
  type LayerReport,
  type LayerStatus,
  StepppsError,
} from "../../../contract/index.ts";
import type { Alarm } from "../../../platform/index.ts";
import { readLayer, type SignedLayer } from "../../../trust/index.ts";
import { type ByteSource, fileSource } from "../../../update/index.ts";
import { fetchLayer } from "./fetch-layer.ts";
import { type LayerHead, readLayerHead } from "./layer-file.ts";
import type { LayerOptions, LayerPorts } from "./layer-ports.ts";
import { LayerProgram } from "./layer-program.ts";
import { LayerBook } from "./layer-record.ts";
import { aboutLayer, type Mounted, plain, reportOf } from "./layer-report.ts";

const ATTEMPTS = 2;
const CHECK_MS = 5 * 60_000;

/**
 * The layers of a device, in memory and on its data partition. One that doesn't work is a trouble that stays; the device goes on
 * without it.
 *
 *   add: head checked ─▶ whole file fetched, hash compared ─▶ noted as on trial ─▶ mounted in place of the one before ─▶ health
 *        ─▶ noted as the one that works, the file before goes        or: the one before is mounted again, the new file goes
 */
export class Layers implements LayerPrograms {
  readonly #options: LayerOptions;
  readonly #program: LayerProgram;
  readonly #book: LayerBook;
  readonly #mounted = new Map<string, Mounted>();
  readonly #changed = new EventEmitter();
  readonly #stop = new AbortController();
  #ports: LayerPorts | undefined;
  /** Over when what was there at the start is mounted: nothing else is done before. */
  #begun: Promise<void> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();
  #last: LayerReport | undefined;
  #failed: StepppsError | undefined;
  #busy = false;
  #check: Alarm | undefined;

  constructor(options: LayerOptions) {
    this.#options = options;
    this.#program = new LayerProgram(options.places.program);
    this.#book = new LayerBook(options.files, options.places.folder);
  }

  has(layer: string): boolean {
    const mounted = this.#mounted.get(layer);
    return mounted?.device !== undefined;
  }

  argv(layer: string, program: string, args: readonly string[]): readonly string[] {
    return this.#program.argv(layer, program, args);
  }

  onMounted(layer: string, listener: () => void): () => void {
    this.#changed.on(layer, listener);
    return () => void this.#changed.off(layer, listener);
  }

  /** Mounts what was accepted before. Never rejects. */
  begin(ports: LayerPorts): Promise<void> {
    this.#ports = ports;
    this.#begun = this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<void> {
    try {
      await this.#book.open();
      await this.#book.sweep();
      for (const [name] of this.#book.entries) await this.#start(name);
    } catch (error) {
      this.#failed = asStepppsError(error, "E_LAYER_MOUNT");
    }
    this.#tell();
    this.#look();
  }

  /**
   * Takes a layer: everything that can be said by its head is checked before this resolves. `finished` never rejects. Throws E_LAYER*,
   * E_ENVELOPE_*, E_TRUST_*, E_UPDATE_* as the source does.
   */
  async add(source: ByteSource): Promise<{ report: LayerReport; finished: Promise<void> }> {
    if (this.#busy) throw new StepppsError("E_LAYER_BUSY");
    this.#busy = true;
    try {
      await this.#begun;
      const head = await readLayerHead(source, this.#stop.signal);
      const layer = await this.#theirs().authority.layer(head.envelope);
      this.#fits(layer.manifest);
      const there = this.#mounted.get(layer.manifest.name);
      if (there?.id === layer.id && there.device !== undefined && !there.error) {
        await source.close();
        this.#busy = false;
        return { report: reportOf(there), finished: Promise.resolve() };
      }
      this.#last = { ...aboutLayer(layer), state: "fetching", fetched: 0 };
      const finished = this.#take(source, head, layer).finally(() => source.close().catch(() => {}));
      this.#turn = finished.finally(() => {
        this.#busy = false;
      });
      return { report: this.#last, finished: this.#turn };
    } catch (error) {
      this.#busy = false;
      await source.close();
      throw error;
    }
  }

  /** Takes it off, with its file. Throws E_LAYER_UNKNOWN, E_LAYER_BUSY. */
  async remove(name: string): Promise<LayerStatus> {
    if (this.#busy) throw new StepppsError("E_LAYER_BUSY");
    await this.#begun;
    const { current, trial } = this.#book.get(name);
    if (!current && !trial) throw new StepppsError("E_LAYER_UNKNOWN", name);
    await this.#book.set(name, {});
    await this.#program.close(name);
    this.#mounted.delete(name);
    this.#changed.emit(name);
    await this.#book.sweep();
    this.#tell();
    return this.status();
  }

  status(): LayerStatus {
    return { layers: [...this.#mounted.values()].map(reportOf), ...(this.#last && { last: this.#last }) };
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the supervisor ends"));
    this.#check?.cancel();
    await this.#turn;
  }

  #theirs(): LayerPorts {
    if (!this.#ports) throw new StepppsError("E_LAYER_BUSY", "it is starting");
    return this.#ports;
  }

  #fits({ name, arch, minimum }: LayerManifest): void {
    const { board } = this.#options;
    if (arch !== board.arch) throw new StepppsError("E_LAYER_ARCH", `${name} is for ${arch}, and this is ${board.arch}`);
    if (minimum !== undefined && compareVersions(board.version, minimum) < 0)
      throw new StepppsError("E_LAYER_MINIMUM", `${minimum}, and ${board.version} is at work`);
  }

  async #take(source: ByteSource, head: LayerHead, layer: SignedLayer): Promise<void> {
    const { name, version } = layer.manifest;
    const { emit } = this.#theirs();
    try {
      await fetchLayer({
        ...{ source, head, layer, signal: this.#stop.signal, file: this.#book.file(layer.id) },
        onBytes: (fetched) => {
          this.#last = { ...aboutLayer(layer), state: "fetching", fetched };
        },
      });
      const { current } = this.#book.get(name);
      await this.#book.set(name, { ...(current && { current }), trial: { id: layer.id, version, attempts: 1 } });
      await this.#try(name);
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_LAYER_MOUNT");
      this.#last = { ...aboutLayer(layer), state: "failed", error: plain(error) };
      emit({ kind: "layer.refused", level: "error", code: error.code, text: error.message });
      await this.#book.sweep().catch(() => {});
    }
    this.#tell();
  }

  /** At a start: the version that worked, or the one that was on trial when the machine went. */
  async #start(name: string): Promise<void> {
    const { current, trial } = this.#book.get(name);
    try {
      if (trial && trial.attempts < ATTEMPTS) {
        await this.#book.set(name, { ...(current && { current }), trial: { ...trial, attempts: trial.attempts + 1 } });
        return await this.#try(name);
      }
      if (trial) {
        await this.#book.set(name, { ...(current && { current }) });
        await this.#book.sweep();
        throw new StepppsError(
          "E_LAYER_HEALTH",
          `${name} ${trial.version}: the machine started again each time that it was tried`,
        );
      }
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_LAYER_MOUNT");
      this.#theirs().emit({ kind: "layer.refused", level: "error", code: error.code, text: error.message });
      if (trial) this.#last = { id: trial.id, name, version: trial.version, state: "failed", size: 0, error: plain(error) };
    }
    if (current && !this.has(name)) await this.#mount(name, current).catch(() => {});
  }

  /** What is on trial takes over or goes. Throws why it went; then the one before is mounted again. */
  async #try(name: string): Promise<void> {
    const { current, trial } = this.#book.get(name);
    if (!trial) return;
    const { id, version } = trial;
    const { authority, emit } = this.#theirs();
    this.#last = { id, name, version, state: "trying", size: this.#last?.id === id ? this.#last.size : 0 };
    emit({ kind: "layer.trying", level: "info", text: `layer ${name} ${version} is tried` });
    try {
      await this.#mount(name, trial);
    } catch (error) {
      await this.#book.set(name, { ...(current && { current }) });
      if (current) await this.#mount(name, current).catch(() => {});
      else {
        this.#mounted.delete(name);
        await this.#program.close(name);
      }
      await this.#book.sweep();
      throw error;
    }
    await this.#book.set(name, { current: { id, version } });
    await this.#book.sweep();
    await authority.raiseLayer(name, version);
    const mounted = this.#mounted.get(name);
    if (mounted) this.#last = reportOf(mounted);
    emit({ kind: "layer.mounted", level: "info", text: `layer ${name} ${version} works` });
  }

  /** In place of what is mounted there. Throws E_LAYER*, which is kept with it too. */
  async #mount(name: string, { id, version }: { readonly id: string; readonly version: string }): Promise<void> {
    await this.#program.close(name);
    this.#mounted.set(name, { name, id, version });
    let device: string | undefined;
    let manifest: LayerManifest | undefined;
    try {
      const file = this.#book.file(id);
      const { envelope, bodyAt } = await headOf(file);
      const found = readLayer(envelope);
      if (found.id !== id || found.manifest.name !== name) throw new StepppsError("E_LAYER_CONTENT", name);
      manifest = found.manifest;
      this.#fits(manifest);
      device = await this.#program.open(file, bodyAt, manifest);
      await this.#program.prove(manifest);
      this.#mounted.set(name, { name, id, version, manifest, device });
    } catch (thrown) {
      const damaged = device !== undefined && (await this.#program.isDamaged(device).catch(() => false));
      const error = damaged ? new StepppsError("E_LAYER_DAMAGED", name) : asStepppsError(thrown, "E_LAYER_MOUNT");
      await this.#program.close(name);
      this.#mounted.set(name, { name, id, version, ...(manifest && { manifest }), error });
      throw error;
    } finally {
      this.#changed.emit(name);
    }
  }

  /** Damage that nobody asked for is told when somebody comes by. */
  #look(): void {
    this.#check = this.#options.clock.after(CHECK_MS, () => {
      void this.#checkAll()
        .catch(() => {})
        .then(() => {
          if (!this.#stop.signal.aborted) this.#look();
        });
    });
  }

  async #checkAll(): Promise<void> {
    for (const [name, mounted] of this.#mounted) {
      if (mounted.device === undefined || mounted.error || !(await this.#program.isDamaged(mounted.device))) continue;
      const error = new StepppsError("E_LAYER_DAMAGED", name);
      this.#mounted.set(name, { ...mounted, error });
      this.#tell();
    }
  }

  #tell(): void {
    const errors = [...this.#mounted.values()].flatMap(({ error }) => error ?? []);
    this.#theirs().troubles([...(this.#failed ? [this.#failed] : []), ...errors]);
  }
}

async function headOf(file: string): Promise<LayerHead> {
  const source = await fileSource(file);
  try {
    return await readLayerHead(source);
  } finally {
    await source.close();
  }
}
