import { asStepppsError, StepppsError, type SystemEvent, type UpdateReport } from "../contract/index.ts";
import { eventOf } from "./event-of.ts";
import type { UpdatePorts } from "./ports.ts";
import type { Current, UpdateRecord } from "./record.ts";

/** How many versions that were taken back are remembered. */
const REJECTED = 20;
/** In place of an image's id where none was brought. */
export const NO_IMAGE = "0".repeat(64);

type LedgerPorts = Pick<UpdatePorts, "folder" | "facts" | "slot" | "emit" | "reported">;

/** What is known of updates, on the disk and told: each change is written before anybody hears of it. */
export class Ledger {
  readonly #ports: LedgerPorts;
  #record: UpdateRecord;
  #progress: UpdateReport["progress"];
  #waits: string | undefined;
  #tenths = 0;

  private constructor(ports: LedgerPorts, record: UpdateRecord) {
    this.#ports = ports;
    this.#record = record;
  }

  static async open(ports: LedgerPorts): Promise<Ledger> {
    await ports.folder.open();
    try {
      return new Ledger(ports, await ports.folder.read());
    } catch (error) {
      ports.emit(trouble(error, "what was known of updates is lost"));
      return new Ledger(ports, { rejected: [], installed: {} });
    }
  }

  get current(): Current | undefined {
    return this.#record.current;
  }

  /** What was blessed in each slot. */
  get installed(): UpdateRecord["installed"] {
    return this.#record.installed;
  }

  isRejected(id: string): boolean {
    return this.#record.rejected.some((version) => version.id === id);
  }

  async keep(current: Current): Promise<void> {
    const before = this.#record.current;
    const { rejected } = this.#record;
    const isBack = current.outcome === "rolled-back" && current.id !== NO_IMAGE;
    const others = rejected.filter(({ id }) => id !== current.id);
    this.#record = {
      current,
      installed: { ...this.#record.installed, ...this.#installed(current) },
      rejected: isBack ? [{ id: current.id, version: current.version }, ...others].slice(0, REJECTED) : rejected,
    };
    await this.#ports.folder.write(this.#record);
    this.#waits = undefined;
    if (before?.step === current.step && before.outcome === current.outcome) return;
    this.#progress = undefined;
    // Steps that only sometimes wait tell by themselves that they do
    if (current.outcome === "running" && (current.step === "approve" || current.step === "window")) return;
    const report = this.report(current);
    this.#ports.reported(report);
    this.#ports.emit(eventOf(report));
  }

  /** The last version that was blessed here, or the one that is at work since before anything was known. */
  #installed({ outcome, step }: Current): UpdateRecord["installed"] {
    const { slot, facts } = this.#ports;
    const isTrial = step === "gate" && outcome !== "done";
    return isTrial ? {} : { [slot]: facts.version };
  }

  advance(done: number, total: number, fetched: number): void {
    this.#progress = { done, total, fetched };
    const tenths = Math.floor((done * 10) / total);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    this.#tell();
  }

  /** What the update waits for; undefined when it no longer does. */
  wait(reason: string | undefined): void {
    const { current } = this.#record;
    if (reason !== undefined && reason !== this.#waits && current) {
      const text = `image ${current.version} (slot ${current.slot}) waits for ${reason}`;
      this.#ports.emit({ kind: "update.step", level: "info", text });
    }
    this.#waits = reason;
    if (reason !== undefined) this.#tell();
  }

  report(current: Current): UpdateReport {
    const { id, version, from, slot, step, outcome, bytes, error, log, time } = current;
    const progress = this.#progress ?? (bytes && { done: bytes.total, ...bytes });
    const waits = outcome === "waiting" ? "a person's approval" : this.#waits;
    return {
      id,
      version,
      from,
      slot,
      step,
      outcome,
      ...(progress && { progress }),
      ...(waits !== undefined && { waits }),
      ...(error && { error }),
      ...(log && { log }),
      time,
    };
  }

  #tell(): void {
    if (this.#record.current) this.#ports.reported(this.report(this.#record.current));
  }
}

/** Whether it has not ended. */
export function isOpen(current: Current | undefined): current is Current {
  return current?.outcome === "running" || current?.outcome === "waiting";
}

export function busy(current: Current | undefined): StepppsError {
  return new StepppsError("E_UPDATE_BUSY", current ? `${current.version}, at ${current.step}` : "");
}

export function plain(error: StepppsError): NonNullable<Current["error"]> {
  const { code, what, detail, fix } = error.toJSON();
  return { code, what, detail, fix };
}

export function trouble(thrown: unknown, what: string): Omit<SystemEvent, "time"> {
  const { code, message } = asStepppsError(thrown, "E_FILE");
  return { kind: "update.trouble", level: "error", code, text: `${what}: ${message}` };
}
