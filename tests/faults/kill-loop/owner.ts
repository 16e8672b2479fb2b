import { connectDevice } from "../../../runtime/cli/device/client.ts";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import type { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import { artefactId } from "../../../runtime/transfer/offer.ts";
import { encodeBundle, type KeyPair } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { GOOD, type Kind } from "../storm/kinds.ts";
import type { Reports } from "../storm/reports.ts";
import { type Made, makeVersion } from "../storm/version.ts";
import type { Built } from "./plugins.ts";
import type { Act, Kind as Wish } from "./rounds.ts";

export interface OwnerPorts {
  readonly port: number;
  readonly device: string;
  readonly built: Built;
  readonly keys: KeyPair;
  readonly reports: Reports;
  readonly sent: SentEnvelopes;
}

interface Wanted {
  readonly made: Made;
  readonly kind: Kind;
  readonly wish: Wish;
  over: boolean;
  /** It may be at work: inputs bear its mark, if it is a bad one. */
  met: boolean;
}

/** Traps at inputs that bear its mark: what a shadow run can't know. */
const BAD: Kind = {
  name: "bad",
  good: false,
  weight: 0,
  does: 51,
  ends: /^(refused E_(DEPLOY_(SHADOW|SLOW|SUPERSEDED|INTERRUPTED)|TRUST_DOWNGRADE)|rolled-back E_(GATE_[A-Z]+|DEPLOY_SUPERSEDED))$/,
};
const MAY_END = {
  good: /^(done|refused E_(DEPLOY_(SUPERSEDED|INTERRUPTED)|TRUST_DOWNGRADE)|rolled-back E_(GATE_STARTS?|DEPLOY_SUPERSEDED))$/,
  bad: BAD.ends,
};
/** Percent of the inputs that a version on trial has. */
const SHARE = 40;
/** One that never arrived is never over; the one at work is among so many. */
const MARKS = 3;
const PATIENCE_MS = 5_000;

/** Whoever owns the device deploys versions of one plugin to it, and rotates its root, while it dies again and again. */
export class Owner {
  readonly #ports: OwnerPorts;
  readonly #wanted = new Map<string, Wanted>();
  readonly #signing = new Signing(Date.now());
  readonly #roots: Uint8Array[] = [];
  #life = new AbortController();
  #last: Wanted | undefined;
  #trusted = 0;

  constructor(ports: OwnerPorts) {
    this.#ports = ports;
  }

  /** What a version at work may fail at: of the newest bad ones that are not over. Not before they are there, or the shadow run would know. */
  get marks(): string[] {
    const bad = [...this.#wanted.values()].filter(({ kind, over, met }) => !kind.good && met && !over);
    return bad.slice(-MARKS).map(({ made }) => made.mark);
  }

  get deploys(): number {
    return this.#wanted.size;
  }

  /** The next version of that kind; with `again` the last one, where it is not over. */
  act(act: Act, again: boolean): void {
    if (act === "trust") return void this.#rotate().catch(() => {});
    const last = again && this.#last?.wish === act && !this.#last.over ? this.#last : undefined;
    const wanted = last ?? this.#make(act);
    void this.#send(wanted).catch(() => {});
  }

  /** The first version, before anything dies. */
  first(): Uint8Array {
    return this.#make("good").made.envelope;
  }

  /** The device is gone; what was under way is given up. */
  died(): void {
    this.#life.abort();
    this.#life = new AbortController();
    // It may have taken over without a word.
    if (this.#last) this.#last.met = true;
  }

  /** Waits until no deploy is under way, and says what ended otherwise than it may. */
  async verdict(patience: number): Promise<string[]> {
    const client = await connectDevice(this.#address);
    try {
      const deadline = performance.now() + patience;
      for (;;) {
        const reports = (await client.ask("deploys", { limit: 1000 })) as DeployReport[];
        const open = reports.filter(({ outcome }) => ["running", "waiting", "probation"].includes(outcome));
        if (open.length === 0) return [...this.#judge(reports), ...(await this.#judgeTrust(client))];
        if (performance.now() > deadline)
          return open.map(({ version, step, outcome }) => `${version} is still at ${step}: ${outcome}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } finally {
      await client.close();
    }
  }

  get #address() {
    const { port, device } = this.#ports;
    return { broker: `mqtt://127.0.0.1:${port}`, device, timeout: PATIENCE_MS };
  }

  async #send({ made: { envelope }, wish }: Wanted): Promise<void> {
    const { sent } = this.#ports;
    const options = wish.endsWith("canary") ? { canary: SHARE } : {};
    const { signal } = this.#life;
    const request = { envelope, options, wait: false, approve: false };
    await deployEnvelope(request, { address: this.#address, sent, signal, onReport() {}, onProgress() {} });
  }

  #make(wish: Wish): Wanted {
    const { built, keys, reports } = this.#ports;
    const kind = wish.startsWith("good") ? GOOD : BAD;
    const number = this.#wanted.size + 1;
    const made = makeVersion(built, "tally", `1.0.${number}`, number, kind, keys);
    const wanted: Wanted = { made, kind, wish, over: false, met: false };
    const id = artefactId(made.envelope);
    this.#wanted.set(id, wanted);
    this.#last = wanted;
    reports.on(id, ({ step, outcome }) => {
      wanted.over ||= outcome !== "running" && outcome !== "probation";
      wanted.met ||= outcome === "probation" || (outcome === "running" && step === "canary");
    });
    return wanted;
  }

  /** The same owner signs a new root; the device is given all of them. */
  async #rotate(): Promise<void> {
    this.#roots.push(this.#signing.root({ root: [this.#ports.keys] }));
    const version = this.#roots.length;
    const client = await connectDevice(this.#address);
    try {
      await client.ask("trust-update", { bundle: encodeBundle(this.#roots) });
      this.#trusted = version;
    } finally {
      await client.close();
    }
  }

  #judge(reports: readonly DeployReport[]): string[] {
    const faults: string[] = [];
    for (const { id, version, outcome, error } of reports) {
      const wanted = this.#wanted.get(id);
      if (!wanted) continue;
      const end = [outcome, error?.code].filter(Boolean).join(" ");
      const may = wanted.kind.good ? MAY_END.good : MAY_END.bad;
      if (!may.test(end)) faults.push(`${wanted.kind.name} ${version} ended ${end}: ${error?.detail ?? ""}`);
    }
    return faults;
  }

  async #judgeTrust(client: Awaited<ReturnType<typeof connectDevice>>): Promise<string[]> {
    const { roles } = (await client.ask("trust")) as { roles: { role: string; version: number }[] };
    const root = roles.find(({ role }) => role === "root")?.version ?? 0;
    return root < this.#trusted ? [`root ${root} is trusted, but ${this.#trusted} was taken`] : [];
  }
}
