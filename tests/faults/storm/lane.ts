import { setTimeout as sleep } from "node:timers/promises";
import type { DeployOptions, DeployReport } from "../../../runtime/contract/index.ts";
import { encodeCbor, fromPlain } from "../../../runtime/platform/index.ts";
import { artefactId } from "../../../runtime/transfer/offer.ts";
import type { KeyPair } from "../../../runtime/trust/index.ts";
import type { Built } from "../kill-loop/plugins.ts";
import type { Random } from "../kill-loop/random.ts";
import { GOOD, type Kind, type Meddling } from "./kinds.ts";
import type { Reports } from "./reports.ts";
import { type Made, makeVersion } from "./version.ts";

/** How one deploy went. */
export interface Outcome {
  readonly number: number;
  readonly plugin: string;
  readonly kind: Kind;
  /** "done", "refused E_…", "rolled-back E_…"; or that it did not end. */
  readonly end: string;
  readonly detail: string;
  readonly millis: number;
}

export interface LanePorts {
  readonly plugin: string;
  readonly built: Built;
  readonly keys: { readonly owner: KeyPair; readonly stranger: KeyPair };
  readonly reports: Reports;
  readonly random: Random;
  /** Counts all deploys of the storm. */
  number(): number;
  /** Inputs bear this mark from now on, so many percent of them; undefined: none. */
  mark(mark: { readonly text: string; readonly percent: number } | undefined): void;
  /** Sends an envelope to the device. */
  send(envelope: Uint8Array, options: DeployOptions): Promise<void>;
  ask(method: "approve" | "refuse" | "rollback" | "remove", args: Record<string, string>): Promise<unknown>;
  ended(outcome: Outcome): void;
}

/** Longer than any gate, shadow run and queue. */
const PATIENCE_MS = 90_000;
/** Between the report that it is watched and what a person does then. */
const SOON_MS = 150;

/** Deploys to one plugin, one after the other. */
export class Lane {
  readonly #ports: LanePorts;
  #patch = 0;
  /** Good versions in order, and those that ended otherwise: what can be sent again. */
  #current: Made | undefined;
  readonly #before: Uint8Array[] = [];

  constructor(ports: LanePorts) {
    this.#ports = ports;
  }

  get plugin(): string {
    return this.#ports.plugin;
  }

  async deploy(kind: Kind): Promise<void> {
    const { tampering } = kind;
    if (kind.meddling === "another") return this.#twoVersions(kind);
    const number = this.#ports.number();
    const made = this.#make(kind, number);
    const envelope = tampering ? this.#tamper(kind, made) : made.envelope;
    const end = await this.#send(kind, number, envelope, made.mark);
    if (end === "done") this.#tookOver(made);
    else if (end.startsWith("rolled-back") || end.includes("SHADOW")) this.#remember(made.envelope);
    if (kind.meddling === "remove") this.#current = undefined;
  }

  /** A second sender comes with a newer version while the first is on its way. */
  async #twoVersions(kind: Kind): Promise<void> {
    const [first, second] = [this.#ports.number(), this.#ports.number()];
    const [older, newer] = [this.#make(kind, first), this.#make(GOOD, second)];
    const ends = [this.#send(kind, first, older.envelope, older.mark)];
    await sleep(this.#ports.random.below(400));
    ends.push(this.#send(GOOD, second, newer.envelope, newer.mark));
    const [, end] = await Promise.all(ends);
    if (end === "done") this.#tookOver(newer);
  }

  #make(kind: Kind, number: number): Made {
    const { built, keys, plugin } = this.#ports;
    const key = kind.tampering === "foreign" ? keys.stranger : keys.owner;
    return makeVersion(built, plugin, `1.0.${++this.#patch}`, number, kind, key);
  }

  #tamper({ tampering }: Kind, { envelope, version }: Made): Uint8Array {
    const { random, built, plugin, keys, number } = this.#ports;
    const again = (like: string) => makeVersion(built, plugin, like, number(), GOOD, keys.owner).envelope;
    switch (tampering) {
      case "truncated":
        return envelope.subarray(0, 1 + random.below(envelope.length - 1));
      case "garbled": {
        const bytes = envelope.slice();
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        return bytes;
      }
      case "unsigned":
        return encodeCbor(
          fromPlain({ type: "plugin", manifest: { ...built.manifest, name: plugin, version }, wasm: built.wasm }),
        );
      case "older":
        return again("0.9.0");
      case "impostor":
        return this.#current ? again(this.#current.version) : again("0.9.0");
      case "replayed":
        return this.#before.length > 0 ? random.pick(this.#before) : again("0.9.0");
      default:
        return envelope;
    }
  }

  async #send(kind: Kind, number: number, envelope: Uint8Array, mark: string): Promise<string> {
    const { plugin, reports, send, ended } = this.#ports;
    const began = performance.now();
    const { promise, resolve } = Promise.withResolvers<DeployReport>();
    let meddled: Promise<unknown> | undefined;
    const stop = reports.on(artefactId(envelope), (report) => {
      const { outcome, step } = report;
      const watched = outcome === "probation" || (outcome === "running" && step === "canary");
      if (watched && (kind.does ?? 0) >= 50) this.#ports.mark({ text: mark, percent: kind.marks ?? 100 });
      if (watched || outcome === "waiting") meddled ??= this.#meddle(kind.meddling, report);
      if (outcome === "done" || outcome === "refused" || outcome === "rolled-back") resolve(report);
    });
    const alarm = new AbortController();
    const late = sleep(PATIENCE_MS, undefined, { signal: alarm.signal }).catch(() => undefined);
    const sending = [send(envelope, kind.options ?? {})];
    if (kind.meddling === "same-twice") sending.push(send(envelope, {}));
    const failed = Promise.all(sending).then(
      () => late,
      (error: unknown) => error as Error,
    );
    const answer = await Promise.race([promise, late, failed]);
    alarm.abort();
    stop();
    this.#ports.mark(undefined);
    const report = answer instanceof Error ? undefined : answer;
    const complaint = await meddled?.then(
      () => undefined,
      (error: Error) => error.message,
    );
    const how = report ? [report.outcome, report.error?.code].filter(Boolean).join(" ") : "did not end";
    const detail = [report?.error?.detail, answer instanceof Error ? answer.message : undefined, complaint]
      .filter(Boolean)
      .join("; ");
    ended({ number, plugin, kind, end: how, detail, millis: Math.round(performance.now() - began) });
    return how;
  }

  async #meddle(meddling: Meddling | undefined, report: DeployReport): Promise<void> {
    const { ask, plugin } = this.#ports;
    const { id, outcome } = report;
    if (outcome === "waiting") {
      if (meddling === "approve" || meddling === "refuse") await ask(meddling, { deploy: id });
      // Nobody answers, and then there is something newer.
      if (meddling === "leave") await this.deploy(GOOD);
      return;
    }
    await sleep(SOON_MS);
    if (meddling === "rollback") await ask("rollback", { plugin });
    if (meddling === "remove") await ask("remove", { plugin });
  }

  #tookOver(made: Made): void {
    if (this.#current) this.#remember(this.#current.envelope);
    this.#current = made;
  }

  #remember(envelope: Uint8Array): void {
    this.#before.push(envelope);
    if (this.#before.length > 20) this.#before.shift();
  }
}
