import {
  asStepppsError,
  compareVersions,
  type ModelManifest,
  type ModelStatus,
  type ModelValue,
  type Session,
  StepppsError,
} from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import { checkModel } from "../inference/check-model.ts";
import { runGolden } from "../inference/golden.ts";
import type { Models } from "../inference/models.ts";
import { serveModel } from "../inference/serve.ts";
import type { Authority, SignedModel } from "../trust/index.ts";
import { MODEL_SUFFIX, type ModelFiles } from "./model-files.ts";

export interface ModelPorts {
  readonly files: ModelFiles;
  readonly authority: Pick<Authority, "model" | "storedModel" | "raiseModel">;
  readonly models: Pick<Models, "load" | "put" | "take" | "begin">;
  readonly events: Pick<EventLog, "emit">;
  /** Of STEPPPS Edge. */
  readonly version: string;
  /** What the manifests of all models may state together. */
  readonly memoryBytes: number;
}

const LOAD_MS = 30_000;
const GOLDEN_MS = 60_000;
/** What a deploy calls its file: the hash of the envelope. */
const DEPLOYED = /^[0-9a-f]{64}\.model$/;

/**
 * The models of a device that lie on its disk. One that comes is looked through, loaded and asked for its golden vectors beside the
 * one at work, and takes its place only then; that one's file stays, for a rollback. All of it happens one after the other.
 */
export class DeviceModels {
  readonly #ports: ModelPorts;
  readonly #status = new Map<string, ModelStatus>();
  /** What each model that answers may take. */
  readonly #memory = new Map<string, number>();
  #turns: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(ports: ModelPorts) {
    this.#ports = ports;
  }

  get status(): readonly ModelStatus[] {
    return [...this.#status.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Loads what is there, and takes what somebody put into the folder. Never rejects: a model that fails is reported. */
  async begin(): Promise<void> {
    try {
      await this.#turn(() => this.#loadAll());
    } catch (error) {
      this.#report("models", error);
    } finally {
      this.#ports.models.begin();
    }
  }

  async #loadAll(): Promise<void> {
    const { files, authority } = this.#ports;
    await files.open();
    for (const [name, { file, before }] of Object.entries(files.places)) {
      const error = await this.#attempt(file, async () => {
        const { manifest } = await this.#restore(file);
        await authority.raiseModel(name, manifest.version);
      });
      if (!error) continue;
      this.#status.set(name, { name, file, state: "failed", error: { code: error.code, detail: error.detail } });
      if (before !== undefined) await this.#attempt(before, () => this.#restore(before));
    }
    for (const file of await files.strangers()) await this.#attempt(file, () => this.#adopt(file));
  }

  /** A model's file as it came. Throws E_MODEL_*, E_INFER_*, E_ENVELOPE_*, E_TRUST_*, E_DISK_FULL; then everything is as before. */
  deploy(id: string, bytes: Uint8Array): Promise<ModelStatus> {
    return this.#turn(async () => {
      const { files } = this.#ports;
      const file = `${id}${MODEL_SUFFIX}`;
      const known = Object.values(files.places).some((place) => place.file === file);
      if (!known) await files.add(file, bytes);
      return this.#adopt(file);
    });
  }

  /** Back to the version before, once: throws E_MODEL_UNKNOWN where there is none. */
  rollback(name: string): Promise<ModelStatus> {
    return this.#turn(async () => {
      const { files, events } = this.#ports;
      const place = Object.hasOwn(files.places, name) ? files.places[name] : undefined;
      if (!place?.before) throw new StepppsError("E_MODEL_UNKNOWN", place ? `no version before of ${name}` : name);
      const { manifest } = await this.#restore(place.before);
      await files.point(name, { file: place.before });
      events.emit({ kind: "model.rolled-back", level: "warn", text: `${name} ${manifest.version} is back` });
      return this.#status.get(name) as ModelStatus;
    });
  }

  /** Throws E_MODEL_UNKNOWN. */
  remove(name: string): Promise<void> {
    return this.#turn(async () => {
      const { files, models } = this.#ports;
      if (!Object.hasOwn(files.places, name)) throw new StepppsError("E_MODEL_UNKNOWN", name);
      await files.point(name, undefined);
      models.take(name);
      this.#status.delete(name);
      this.#memory.delete(name);
    });
  }

  /** A deploy that came to nothing, for the event log. */
  refused(id: string, error: StepppsError): void {
    this.#report(id.slice(0, 8), error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.catch(() => {});
  }

  /** A file of the folder takes over. What a deploy brought and doesn't fit is removed; what a person put there stays. */
  async #adopt(file: string): Promise<ModelStatus> {
    const { files, authority, events } = this.#ports;
    try {
      const signed = await authority.model((await files.read(file)).envelope);
      const { name, version } = signed.manifest;
      const status = await this.#activate(signed, file);
      const place = files.places[name];
      const before = place?.file === file ? place.before : place?.file;
      await files.point(name, { file, ...(before !== undefined && { before }) });
      await authority.raiseModel(name, version);
      events.emit({ kind: "model.deployed", level: "info", text: `${name} ${version} on ${status.provider}` });
      return status;
    } catch (error) {
      const named = Object.values(files.places).some((place) => place.file === file || place.before === file);
      if (DEPLOYED.test(file) && !named) await files.remove(file).catch(() => {});
      throw error;
    }
  }

  /** One that was at work before. */
  async #restore(file: string): Promise<SignedModel> {
    const { files, authority } = this.#ports;
    const signed = authority.storedModel((await files.read(file)).envelope);
    await this.#activate(signed, file);
    return signed;
  }

  /** Loads, proves and serves it; the one that was served is let go. */
  async #activate(signed: SignedModel, file: string): Promise<ModelStatus> {
    const { files, models, version } = this.#ports;
    const { manifest, id } = signed;
    if (manifest.minimum !== undefined && compareVersions(version, manifest.minimum) < 0)
      throw new StepppsError("E_MODEL_MINIMUM", `${manifest.minimum}, and this is ${version}`);
    this.#checkMemory(manifest);
    const bytes = async () => {
      const { onnx } = await files.read(file);
      checkModel(manifest, onnx);
      return onnx;
    };
    const session = await models.load({ name: manifest.name, bytes }, { memoryBytes: manifest.memoryBytes, loadMs: LOAD_MS });
    try {
      await runGolden(manifest, session, GOLDEN_MS);
    } catch (error) {
      session.free();
      throw error;
    }
    models.put(serveModel(manifest, session));
    const status = statusOf(manifest, { id, file }, session);
    this.#status.set(manifest.name, status);
    this.#memory.set(manifest.name, manifest.memoryBytes);
    return status;
  }

  /** Throws E_MODEL_MEMORY. The version whose place it takes is there for a moment longer, and isn't counted. */
  #checkMemory({ name, memoryBytes }: ModelManifest): void {
    const most = this.#ports.memoryBytes;
    const others = [...this.#memory].reduce((sum, [other, bytes]) => (other === name ? sum : sum + bytes), 0);
    if (others + memoryBytes > most)
      throw new StepppsError(
        "E_MODEL_MEMORY",
        `${name} states ${memoryBytes} bytes, the others ${others}, all together may ${most}`,
      );
  }

  /** What went wrong, when something did. */
  async #attempt(file: string, work: () => Promise<unknown>): Promise<StepppsError | undefined> {
    if (this.#closed) return undefined;
    try {
      await work();
      return undefined;
    } catch (error) {
      return this.#report(file, error);
    }
  }

  #report(what: string, thrown: unknown): StepppsError {
    const error = asStepppsError(thrown, "E_MODEL");
    const { code, message } = error;
    this.#ports.events.emit({ kind: "model.refused", level: "error", code, text: `${what}: ${message}` });
    return error;
  }

  #turn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => {});
    return turn;
  }
}

function statusOf(
  { name, version, licence, onnx, inputs, outputs }: ModelManifest,
  { id, file }: { readonly id: string; readonly file: string },
  session: Session,
): ModelStatus {
  const described = ({ name: value, dtype, dims }: ModelValue) =>
    `${value} ${dtype}[${dims.map((dim) => (dim < 0 ? "?" : dim))}]`;
  return {
    ...{ name, version, licence, id, file, size: onnx.size, state: "ready", provider: session.provider },
    inputs: inputs.map(described),
    outputs: outputs.map(described),
  };
}
