import {
  asStepppsError,
  compareVersions,
  type ImageManifest,
  type ImageStatus,
  otherSlot,
  type Slot,
  StepppsError,
  type UpdateReport,
  type UpdateStep,
} from "../contract/index.ts";
import { MAX_IMAGE_ENVELOPE_BYTES } from "../trust/image.ts";
import { type BundleHeader, readHeader } from "./bundle/header.ts";
import { checkImage } from "./check-image.ts";
import { busy, isOpen, Ledger, NO_IMAGE, plain, trouble } from "./ledger.ts";
import type { UpdatePorts, UpdateSource } from "./ports.ts";
import type { Current } from "./record.ts";
import { checkSlot } from "./slot/check-slot.ts";
import { STEPS, type StepContext } from "./steps.ts";

/** Of a failed start that is told: its end says most. */
const LOG_CHARACTERS = 16 * 1024;

/** Steps before the slot is started. */
const ON_ITS_WAY: ReadonlySet<UpdateStep> = new Set(["approve", "fetch", "verify", "window"]);

/** Of a start that got not even so far. */
const NO_LOG = "nothing was written: it ended before the data partition was mounted";

/** Image updates of one device: one at a time, and each of its steps on the disk before the next begins. */
export class Updates {
  readonly #ports: UpdatePorts;
  readonly #ledger: Ledger;
  #work: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #taking = false;
  #blessed = true;
  #other: ImageStatus["other"];

  private constructor(ports: UpdatePorts, ledger: Ledger) {
    this.#ports = ports;
    this.#ledger = ledger;
  }

  /** What is under way goes on with `resume`. */
  static async open(ports: UpdatePorts): Promise<Updates> {
    const updates = new Updates(ports, await Ledger.open(ports));
    await updates.#look();
    return updates;
  }

  /** Goes on where a restart, wanted or not, left it. To be called once everything that the gate looks at is there. */
  async resume(): Promise<void> {
    const { slot, facts, gaveUp } = this.#ports;
    await this.#redirect();
    const { current } = this.#ledger;
    const onTrial = isOpen(current) && !ON_ITS_WAY.has(current.step);
    if (gaveUp !== undefined && !onTrial) {
      if (!isOpen(current)) await this.#leave(gaveUp);
      await this.#goOn();
    }
    if (isOpen(current)) return this.#start();
    if (this.#blessed) return this.#goOn();
    // Nothing is known of how it came here: the slot at work has to pass its gate all the same
    await this.#begin({ id: NO_IMAGE, version: facts.version, slot, step: "gate", approved: true });
  }

  /** An update that was on its way into the slot which is at work now goes into the other one: nothing that runs is written to. */
  async #redirect(): Promise<void> {
    const { slot, facts } = this.#ports;
    const { current } = this.#ledger;
    if (!isOpen(current) || !current.source || current.slot !== slot || !ON_ITS_WAY.has(current.step)) return;
    await this.#ledger.keep({ ...current, slot: otherSlot(slot), from: facts.version, step: "approve", attempts: 0 });
  }

  /** The slot that the boot loader would start was good once and is not any more: that is told as any other return is. */
  async #leave(slot: Slot): Promise<void> {
    const { facts, clock } = this.#ports;
    const { current, installed } = this.#ledger;
    const last = current?.slot === slot && current.outcome === "done" ? current : undefined;
    const unknown = { id: NO_IMAGE, version: installed[slot] ?? "unknown", approved: true, attempts: 0, time: clock.now() };
    await this.#ledger.keep({ ...(last ?? unknown), slot, from: facts.version, step: "gate", outcome: "running" });
    this.#start();
    await this.#work;
  }

  /** With what works. Firmware that counts every start wants to hear of every good one; elsewhere that changes nothing. */
  async #goOn(): Promise<void> {
    const { boot, slot, facts, authority, emit } = this.#ports;
    try {
      await boot.bless(slot);
      await this.#look();
      await authority.raiseImage(facts.board, facts.version);
    } catch (error) {
      emit(trouble(error, "boot loader"));
    }
  }

  /**
   * Takes a bundle: everything that can be said without its blocks is checked before this resolves. Throws E_IMAGE*, E_UPDATE_*,
   * E_ENVELOPE_*, E_TRUST_*, E_DISK_FULL. `retry`: also a version that was taken back here; `newer`: only a higher version than the one
   * at work.
   */
  async deploy(source: UpdateSource, { retry = false, newer = false } = {}): Promise<UpdateReport> {
    if (this.#taking) throw busy(this.#ledger.current);
    this.#taking = true;
    try {
      const { envelope, bodyAt } = await this.#readHeader(source);
      const { authority, facts, slot, folder } = this.#ports;
      const { id, manifest } = await authority.image(envelope);
      const { current } = this.#ledger;
      const isAtWork = current?.outcome === "done" && current.slot === slot;
      if (current?.id === id && (isOpen(current) || isAtWork)) return this.#ledger.report(current);
      if (newer && compareVersions(manifest.version, facts.version) <= 0)
        throw new StepppsError("E_TRUST_DOWNGRADE", manifest.version);
      // One that only waits for a person gives way to a newer one
      if (isOpen(current) && current.step !== "approve") throw busy(current);
      await checkImage(manifest, this.#ports);
      if (!retry && this.#ledger.isRejected(id)) throw new StepppsError("E_UPDATE_REJECTED", manifest.version);
      await this.#settled();
      await folder.keepEnvelope(envelope);
      const { url, file } = source;
      const from = { bodyAt, ...(url !== undefined && { url }), ...(file !== undefined && { file }) };
      const { version } = manifest;
      return await this.#begin({ id, version, slot: otherSlot(slot), step: "approve", approved: retry, source: from });
    } finally {
      this.#taking = false;
    }
  }

  /** Lets an update go on that waits, or tries one again that was taken back. Throws E_UPDATE_UNKNOWN, or as `deploy` does. */
  async approve(id: string): Promise<UpdateReport> {
    const current = this.#named(id);
    if (isOpen(current) && current.step === "approve") {
      await this.#settled();
      const approved: Current = { ...current, approved: true, outcome: "running" };
      await this.#ledger.keep(approved);
      this.#start();
      return this.#ledger.report(approved);
    }
    if (current.outcome !== "rolled-back" || !current.source) throw new StepppsError("E_UPDATE_UNKNOWN", id);
    const { url, file } = current.source;
    return this.deploy({ url, file }, { retry: true });
  }

  /** Ends an update; one whose version is at work already is taken back. Throws E_UPDATE_UNKNOWN. */
  async refuse(id: string): Promise<UpdateReport> {
    const reason = new StepppsError("E_UPDATE_REFUSED", this.#named(id).version);
    await this.#settled(reason);
    const current = this.#named(id);
    if (!isOpen(current) || current.step === "try") {
      this.#start();
      throw new StepppsError("E_UPDATE_UNKNOWN", id);
    }
    const atWork = current.step === "gate";
    const refused: Current = { ...current, error: plain(reason), ...(!atWork && { outcome: "refused" }) };
    await this.#ledger.keep(refused);
    if (atWork) this.#start();
    else await this.#ports.folder.clearParts();
    return this.#ledger.report(refused);
  }

  /** Goes to the other slot, where there is a whole one. Throws E_UPDATE_BUSY, E_UPDATE_UNKNOWN, E_UPDATE_DAMAGED, E_FILE. */
  async rollback(): Promise<UpdateReport> {
    const { current, installed } = this.#ledger;
    if (this.#taking || isOpen(current)) throw busy(current);
    this.#taking = true;
    try {
      const slot = otherSlot(this.#ports.slot);
      await checkSlot(slot, this.#ports.boot);
      return await this.#begin({ id: NO_IMAGE, version: installed[slot] ?? "unknown", slot, step: "try", approved: true });
    } finally {
      this.#taking = false;
    }
  }

  status(): ImageStatus {
    const { facts, slot } = this.#ports;
    const { current } = this.#ledger;
    return {
      board: facts.board,
      version: facts.version,
      slot,
      blessed: this.#blessed,
      ...(this.#other && { other: this.#other }),
      ...(current && { update: this.#ledger.report(current) }),
    };
  }

  /** What is under way stays as it is on the disk. */
  close(): Promise<void> {
    return this.#settled();
  }

  async #begin(what: Pick<Current, "id" | "version" | "slot" | "step" | "approved" | "source">): Promise<UpdateReport> {
    const { facts, clock } = this.#ports;
    const current: Current = { ...what, from: facts.version, outcome: "running", attempts: 0, time: clock.now() };
    await this.#ledger.keep(current);
    this.#start();
    return this.#ledger.report(current);
  }

  #start(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#work = this.#work.then(() => this.#run(signal));
  }

  async #settled(reason: Error = new Error("closed")): Promise<void> {
    this.#stop.abort(reason);
    await this.#work;
  }

  /** Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    const context: StepContext = {
      ...this.#ports,
      signal,
      manifest: (current) => this.#manifest(current),
      keep: (current) => this.#ledger.keep(current),
      progress: (done, total, fetched) => this.#ledger.advance(done, total, fetched),
      waits: (reason) => this.#ledger.wait(reason),
    };
    try {
      for (let { current } = this.#ledger; isOpen(current) && !signal.aborted; { current } = this.#ledger) {
        const next = await STEPS[current.step](current, context);
        if (next?.outcome === "done") await this.#look();
        if (next) await this.#ledger.keep(next);
        else if (current.step === "approve") await this.#ledger.keep({ ...current, outcome: "waiting" });
        if (!next) return;
      }
    } catch (thrown) {
      if (!signal.aborted) await this.#failed(asStepppsError(thrown, "E_FILE"));
    } finally {
      await this.#look();
    }
  }

  /** Never rejects. */
  async #failed(error: StepppsError): Promise<void> {
    const { current } = this.#ledger;
    if (!current) return;
    const isBack = error.code === "E_UPDATE_BOOT" || error.code === "E_UPDATE_GATE";
    try {
      const log = isBack ? await this.#log(current) : "";
      const outcome = isBack ? "rolled-back" : "refused";
      if (isBack && current.source) await this.#ports.boot.retire(current.slot);
      await this.#ports.folder.clearParts();
      await this.#ledger.keep({ ...current, outcome, error: current.error ?? plain(error), ...(log && { log }) });
    } catch (cause) {
      this.#ports.emit(trouble(cause, `after ${error.message}`));
    }
  }

  async #look(): Promise<void> {
    const { boot, slot, emit } = this.#ports;
    const target = otherSlot(slot);
    try {
      this.#blessed = await boot.blessed(slot);
      const bootable = await boot.whole(target);
      this.#other = bootable ? { version: this.#ledger.installed[target] ?? "unknown" } : undefined;
    } catch (error) {
      emit(trouble(error, "which slots start can't be read"));
    }
  }

  #named(id: string): Current {
    const { current } = this.#ledger;
    if (!current || id.length < 8 || !current.id.startsWith(id)) throw new StepppsError("E_UPDATE_UNKNOWN", id);
    return current;
  }

  /** Judged again each time: a key may have been revoked since it came. */
  async #manifest({ id }: Current): Promise<ImageManifest> {
    const envelope = await this.#ports.folder.envelope(id);
    if (!envelope) throw new StepppsError("E_IMAGE", "its envelope is no longer on this device");
    return (await this.#ports.authority.image(envelope)).manifest;
  }

  async #readHeader(source: UpdateSource): Promise<BundleHeader> {
    const bytes = await this.#ports.openSource(source);
    try {
      return await readHeader(bytes, MAX_IMAGE_ENVELOPE_BYTES);
    } finally {
      await bytes.close();
    }
  }

  async #log({ slot }: Current): Promise<string> {
    const { folder, startLog } = this.#ports;
    const parts = [await startLog(slot).catch(() => ""), await folder.readBootLog()];
    return parts.filter(Boolean).join("\n").slice(-LOG_CHARACTERS) || NO_LOG;
  }
}
