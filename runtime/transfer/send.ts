import { controlTopic, type DeployReport, StepppsError, type TransferWant } from "../contract/index.ts";
import { type Artefact, type Cut, makeOffer } from "./offer.ts";
import { Pace } from "./pace.ts";
import type { Base } from "./piece.ts";
import { type Link, PASSING, Round } from "./round.ts";

export interface SendOptions {
  readonly device: string;
  /**
   * Connects and subscribes to `topics`. Rejects when that fails now; it is called again later, unless the error's `final` is true.
   */
  connect(topics: readonly string[], take: (topic: string, payload: Uint8Array) => void): Promise<Link>;
  /** What became of an artefact that was sent whole, when the report itself was missed. */
  lookUp(link: Link): Promise<DeployReport | undefined>;
  /** What was sent before, newest first: what the artefact has in common with one of them is not sent. */
  readonly bases: readonly { readonly id: string; bytes(): Uint8Array | undefined }[];
  /** Told of each report on this artefact; true when it is the one that is waited for. */
  reported(report: DeployReport): boolean;
  /** `total`: bytes of the artefact that have to be sent, `sent`: those that are there. */
  progress(sent: number, total: number): void;
  /** Bytes of the artefact in one message at most, but for a single chunk; as the link allows where absent. */
  readonly pieceBytes?: number;
  /** ms without anything from the device after which it is given up; as long as it takes once it has said that it is at it. */
  readonly patience: number;
  readonly signal?: AbortSignal;
}

/** What a transfer took. */
export interface Sent {
  readonly connections: number;
  /** Chunks of the artefact, those that were sent at all, those that were sent again, and of these those that had been acknowledged. */
  readonly chunks: number;
  readonly sentChunks: number;
  readonly sentTwice: number;
  readonly sentInVain: number;
}

const BACK_OFF = { first: 250, most: 5_000 };

/**
 * Sends an artefact to a device and waits for its report, whatever the link does: each new connection offers it again, and sends
 * what is still missing. Rejects with the device's own error, and with E_TRANSFER_STALLED.
 */
export async function sendArtefact(artefact: Artefact, options: SendOptions): Promise<Sent> {
  return new Sending(artefact, options).run();
}

class Sending {
  readonly #artefact: Artefact;
  readonly #options: SendOptions;
  readonly #cut: Cut;
  readonly #pace: Pace;
  readonly #acknowledged = new Set<number>();
  /** What the device said that it lacks, and did not yet acknowledge. */
  #lacking = new Set<number>();
  readonly #sent = new Set<number>();
  readonly #done = Promise.withResolvers<void>();
  #sentTwice = 0;
  #sentInVain = 0;
  #connections = 0;
  /** Bytes that had to be sent at the first answer. */
  #total: number | undefined;
  /** When something was last heard. */
  #heard = performance.now();
  /** The device has, or had, all of it. */
  #whole = false;
  #over = false;
  /** The device has reported, and what is waited for takes as long as it takes. */
  #atIt = false;

  constructor(artefact: Artefact, options: SendOptions) {
    this.#artefact = artefact;
    this.#options = options;
    this.#pace = new Pace(options.pieceBytes);
    const ids = options.bases.map(({ id }) => id).filter((id) => id !== artefact.id);
    this.#cut = makeOffer(artefact, ids);
    void this.#done.promise
      .catch(() => {})
      .then(() => {
        this.#over = true;
      });
  }

  async run(): Promise<Sent> {
    const { signal, patience } = this.#options;
    const aborted = () => this.#done.reject(new StepppsError("E_TRANSFER_STALLED", "interrupted"));
    signal?.addEventListener("abort", aborted, { once: true });
    const watch = setInterval(() => {
      const silent = performance.now() - this.#heard;
      if (silent > patience && !this.#atIt)
        this.#done.reject(new StepppsError("E_TRANSFER_STALLED", `${Math.round(silent / 1000)} s of silence`));
    }, 200);
    try {
      await Promise.race([this.#connectAgainAndAgain(), this.#done.promise]);
      await this.#done.promise;
      const chunks = this.#cut.chunks.length;
      return {
        connections: this.#connections,
        chunks,
        sentChunks: this.#sent.size,
        sentTwice: this.#sentTwice,
        sentInVain: this.#sentInVain,
      };
    } finally {
      clearInterval(watch);
      signal?.removeEventListener("abort", aborted);
    }
  }

  async #connectAgainAndAgain(): Promise<void> {
    for (let pause = BACK_OFF.first; !this.#over; pause = Math.min(BACK_OFF.most, pause * 2)) {
      const heard = this.#heard;
      try {
        await this.#connection();
      } catch (error) {
        if (error instanceof StepppsError || (error as { final?: boolean }).final) return this.#done.reject(error);
      }
      if (this.#over) return;
      if (this.#heard !== heard) pause = BACK_OFF.first;
      await Promise.race([wait(pause), this.#done.promise.catch(() => {})]);
    }
  }

  /** One connection, until it is lost or nothing is left to do. Rejects where it can't be made. */
  async #connection(): Promise<void> {
    const { device, connect, lookUp, reported } = this.#options;
    const { id } = this.#artefact;
    const topics = { want: controlTopic.want(device, id), report: controlTopic.deployed(device) };
    let round: Round | undefined;
    const link = await connect([topics.want, topics.report], (topic, payload) => {
      this.#heard = performance.now();
      if (topic === topics.want) round?.wanted(payload);
      else this.#report(payload);
    });
    this.#connections++;
    const over = this.#done.promise.catch(() => {});
    try {
      if (this.#whole) {
        const report = await Promise.race([lookUp(link), link.closed.then(() => undefined)]);
        if (report && report.id === id && reported(report)) this.#done.resolve();
        else if (report?.id === id) return void (await Promise.race([link.closed, over]));
      }
      round = new Round(link, {
        topics: { offer: controlTopic.offer(device, id), chunk: controlTopic.chunk(device, id) },
        cut: this.#cut,
        pace: this.#pace,
        base: (prefix) => this.#base(prefix),
        wanted: (want) => this.#wanted(want),
        sending: (indexes) => this.#sending(indexes),
        acknowledged: (indexes) => this.#acknowledge(indexes),
      });
      round.offer();
      await Promise.race([link.closed, over, round.failed]);
    } finally {
      link.close();
    }
  }

  #report(payload: Uint8Array): void {
    let report: DeployReport;
    try {
      report = JSON.parse(Buffer.from(payload).toString("utf8"));
    } catch {
      return;
    }
    if (report?.id !== this.#artefact.id) return;
    this.#whole = true;
    this.#atIt = true;
    if (this.#options.reported(report)) this.#done.resolve();
  }

  #wanted({ missing, error }: TransferWant): void {
    if (error && !PASSING.has(error.code)) {
      this.#done.reject(new StepppsError(error.code as StepppsError["code"], error.detail));
      return;
    }
    this.#lacking = new Set(missing);
    this.#whole = missing.length === 0 && !error;
    this.#total ??= missing.reduce((sum, index) => sum + (this.#cut.offer.lengths[index] as number), 0);
    this.#progress();
  }

  #sending(indexes: readonly number[]): void {
    for (const index of indexes) {
      if (this.#sent.has(index)) this.#sentTwice++;
      if (this.#acknowledged.has(index)) this.#sentInVain++;
      this.#sent.add(index);
    }
  }

  #acknowledge(indexes: readonly number[]): void {
    this.#heard = performance.now();
    for (const index of indexes) {
      this.#acknowledged.add(index);
      this.#lacking.delete(index);
    }
    this.#whole ||= this.#lacking.size === 0;
    this.#progress();
  }

  #progress(): void {
    let sent = 0;
    for (const index of this.#acknowledged) sent += this.#cut.offer.lengths[index] as number;
    this.#options.progress(Math.min(sent, this.#total ?? 0), this.#total ?? 0);
  }

  #base(prefix: Uint8Array): Base | undefined {
    const hex = Buffer.from(prefix).toString("hex");
    const found = this.#options.bases.find(({ id }) => id.startsWith(hex));
    const bytes = found?.bytes();
    return found && bytes && { id: found.id, bytes };
  }
}

function wait(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
