import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { type Address, connectDevice } from "../../../runtime/cli/device/client.ts";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import { controlTopic, type DeployReport, type StepppsError } from "../../../runtime/contract/index.ts";
import { encodeBundle, formatPublicKey, generateKeys, newCommand, sealCommand } from "../../../runtime/trust/index.ts";
import { damageProbation } from "../../faults/kill-loop/damage.ts";
import { freePort } from "../../faults/kill-loop/port.ts";
import { createRandom } from "../../faults/kill-loop/random.ts";
import { Receiver } from "../../faults/kill-loop/receiver.ts";
import { Sender } from "../../faults/kill-loop/sender.ts";
import { booksOf } from "../../faults/storm/books.ts";
import { GOOD, type Kind } from "../../faults/storm/kinds.ts";
import { type Made, makeVersion } from "../../faults/storm/version.ts";
import { Signing } from "../../support/signers.ts";
import { type Built, buildSources } from "../script/guests.ts";
import type { Act } from "./acts.ts";
import { ASKING, BAD } from "./kinds.ts";
import { Supervised } from "./supervised.ts";

export interface WorldOptions {
  readonly tally: Built;
  /** The device's folder; one of its own where absent. */
  readonly data?: string;
  /** Where the others meet the device: at its own broker, or at one elsewhere. */
  readonly place?: { readonly kind: "external" | "uplink"; readonly port: number };
  /** Bytes of each message beside its number. */
  readonly ballast?: number;
  readonly gateSeconds?: number;
}

/** How a version is deployed. */
interface Wish {
  readonly kind?: Kind;
  readonly trial?: boolean;
  /** Otherwise until it is at work, though it may be taken back. */
  readonly untilOver?: boolean;
}

const OPEN = ["running", "waiting", "probation"];
const PATIENCE_MS = 90_000;
const RULES = ["in", "ask"].map((root) => ({ direction: "in", filter: `${root}/#` }));
const OUT_RULES = ["booked", "rung", "books"].map((root) => ({ direction: "out", filter: `${root}/#` }));

export async function buildTally(): Promise<Built> {
  const [tally] = await buildSources(await readFile(new URL("../../faults/storm/tally.as", import.meta.url), "utf8"));
  return tally as Built;
}

/** Waits until `holds`. */
export async function until(holds: () => boolean | Promise<boolean>, what = String(holds)): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await sleep(20))
    if (performance.now() > end) throw new Error(`did not come true: ${what}`);
}

/**
 * A device with its owner, someone who sends it numbers and someone who listens.
 */
export class World implements AsyncDisposable {
  readonly keys = generateKeys();
  readonly device: Supervised;
  /** What the device said of deploys: version, and as `endOf`. */
  readonly heard = new Set<string>();
  readonly #options: WorldOptions;
  readonly #home = mkdtempSync(join(tmpdir(), "world-"));
  readonly #signing = new Signing(Date.now());
  #port = 0;
  #sender: Sender | undefined;
  #receiver: Receiver | undefined;
  #asker: MqttClient | undefined;
  #number = 0;
  #versions = 0;
  #mark = "-";

  private constructor(options: WorldOptions) {
    this.#options = options;
    this.device = new Supervised(this.data, () => (options.place ? 0 : this.#port));
  }

  /** With version 1.0.1 at work, and traffic. */
  static async open(options: WorldOptions): Promise<World> {
    const world = new World(options);
    try {
      await world.#begin();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  get acknowledged(): number {
    return this.#sender?.acknowledged.size ?? 0;
  }

  get data(): string {
    return this.#options.data ?? join(this.#home, "data");
  }

  get version(): string | undefined {
    return this.device.view?.status().plugins[0]?.version;
  }

  /** Begins it; how it ends is in `deploys`. */
  act(act: Act): void {
    const acts: Readonly<Record<Act, () => Promise<unknown>>> = {
      messages: async () => {},
      "a timer": async () => {},
      "new metadata": () => this.#rotate(),
      "a good version": () => this.deploy(),
      "a bad one": () => this.deploy({ kind: BAD }),
      "a good one on trial": () => this.deploy({ trial: true }),
      "a bad one on trial": () => this.deploy({ kind: BAD, trial: true }),
      "one that can't be started again": () => this.#damage(),
      "one that is approved": () => this.deploy({ kind: ASKING }),
      "one that the document names": () => this.#name(),
    };
    // A machine that is busy may make any version slow when it is tried: another one takes its place.
    const slow = (error: StepppsError) => error.code === "E_DEPLOY_SLOW" && !this.device.happened;
    const begin = (): Promise<unknown> => acts[act]().catch((error) => (slow(error) ? begin() : undefined));
    void begin();
  }

  /** Resolves when its gate is over; rejects with why it is not at work. A person says yes to what it asks for. */
  async deploy({ kind = GOOD, ...wish }: Wish = {}): Promise<void> {
    const { envelope, mark } = this.#make(kind);
    await this.send(envelope, kind.good ? "-" : mark, wish);
  }

  async send(envelope: Uint8Array, mark = "-", { trial = false, untilOver = true }: Wish = {}): Promise<void> {
    const request = { envelope, options: trial ? { canary: 50 } : {}, wait: untilOver, approve: true };
    await deployEnvelope(request, {
      address: this.#address,
      sent: new SentEnvelopes(join(this.#home, "sent")),
      // Not before: the shadow run would know.
      onReport: ({ step, outcome }) => {
        if (outcome === "probation" || step === "canary") this.#mark = mark;
      },
      onProgress() {},
    });
  }

  /** Newest first, once none is under way. */
  async deploys(): Promise<DeployReport[]> {
    let reports: DeployReport[] = [];
    await until(async () => {
      reports = await this.ask("deploys", { limit: 50 }).then(
        (answer) => answer as DeployReport[],
        () => [],
      );
      return reports.length > 0 && !reports.some(({ outcome }) => OPEN.includes(outcome));
    }, "no deploy is under way");
    return reports;
  }

  async ask(method: "deploys" | "trust" | "trust-update", args: object): Promise<unknown> {
    const client = await connectDevice(this.#address);
    try {
      return await client.ask(method, args as never);
    } finally {
      await client.close();
    }
  }

  /** Waits until all that was sent is in the books, once. */
  async judge(): Promise<void> {
    this.#mark = "-";
    const sender = this.#sender as Sender;
    await Promise.race([
      sender.stop(),
      sleep(PATIENCE_MS).then(() => Promise.reject(new Error("messages are not acknowledged"))),
    ]);
    const receiver = this.#receiver as Receiver;
    const numbers = [...sender.sent];
    const { tally } = booksOf("tally", numbers);
    const said = () => [...receiver.of("books")].at(-1);
    await until(async () => {
      await this.#asker?.publishAsync("ask/tally", "", { qos: 1 });
      await sleep(50);
      return said() === tally;
    }, `the books say ${tally}`).catch((error: Error) => {
      throw new Error(`${error.message}; they say ${said()}`);
    });
    const missing = () => numbers.filter((n) => !receiver.of("booked").has(String(n)));
    await until(() => missing().length === 0, "every number is said").catch((error: Error) => {
      throw new Error(`${error.message}; missing: ${missing().slice(0, 5)} of ${numbers.length}`);
    });
  }

  /** More numbers, after `judge`. */
  resume(): void {
    const { ballast = 0 } = this.#options;
    const filler = "x".repeat(ballast);
    const before = this.#sender;
    this.#sender = new Sender({
      port: this.#port,
      clientId: "numbers",
      qos: 2,
      topic: (n) => `in/tally/k${n % 20}`,
      next: () => ++this.#number,
      payload: (n) => `${n} ${n % 4 === 0 ? this.#mark : "-"} ${filler}`,
      window: 3,
      pause: 5,
    });
    for (const n of before?.sent ?? []) this.#sender.sent.add(n);
    void before?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sender?.end();
    await this.#receiver?.end();
    await this.#asker?.endAsync(true);
    await this.device.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }

  get #address(): Address {
    const device = "edge";
    const sign: Address["sign"] = (method, args) => sealCommand(newCommand({ device, method, args }, Date.now()), this.keys);
    return { broker: `mqtt://127.0.0.1:${this.#port}`, device, timeout: PATIENCE_MS, sign };
  }

  async #begin(): Promise<void> {
    const { place } = this.#options;
    this.#port = place?.port ?? (await freePort(createRandom(Math.floor(Math.random() * 1e9))));
    const { owners, document } = dataPaths(this.data);
    mkdirSync(owners, { recursive: true });
    writeFileSync(join(owners, "owner.pub"), `${formatPublicKey(this.keys.public)}\n`);
    writeFileSync(document, JSON.stringify(this.#document));
    await this.device.start();
    this.#receiver = new Receiver(this.#port, ["booked/+", "rung/+", "books/+"]);
    const owner = { host: "127.0.0.1", port: this.#port, clientId: "asker", clean: false, reconnectPeriod: 50 };
    this.#asker = await connectAsync(owner);
    this.#asker.on("error", () => {});
    this.#asker.on("message", (_, payload) => {
      const report: DeployReport = JSON.parse(payload.toString());
      this.heard.add(`${report.version} ${endOf(report)}`);
    });
    await this.#asker.subscribeAsync(controlTopic.deployed("edge"), { qos: 1 });
    await this.deploy();
    this.resume();
    await until(() => (this.#sender as Sender).acknowledged.size > 30);
  }

  get #document(): object {
    const { place, gateSeconds = 1 } = this.#options;
    const url = `mqtt://127.0.0.1:${place?.port}`;
    const shared = { deploys: { gateSeconds } };
    if (place?.kind === "external") return { ...shared, mqtt: { broker: url } };
    return place ? { ...shared, uplink: { url, rules: [...RULES, ...OUT_RULES] } } : shared;
  }

  #make(kind: Kind): Made {
    const number = ++this.#versions;
    return makeVersion(this.#options.tally, "tally", `1.0.${number}`, number, kind, this.keys);
  }

  /** A version is on probation when the device ends; what the disk has of it then is the half. */
  async #damage(): Promise<void> {
    await this.deploy({ untilOver: false });
    await this.device.stop();
    await damageProbation(this.data);
    await this.device.start();
  }

  async #name(): Promise<void> {
    const { version, envelope } = this.#make(GOOD);
    const { document } = dataPaths(this.data);
    mkdirSync(join(this.data, "packages"), { recursive: true });
    writeFileSync(join(this.data, "packages", version), envelope);
    const plugins = { tally: { package: `packages/${version}` } };
    writeFileSync(`${document}.new`, JSON.stringify({ ...this.#document, plugins }));
    renameSync(`${document}.new`, document);
  }

  async #rotate(): Promise<void> {
    const root = this.#signing.root({ root: [this.keys] });
    await this.ask("trust-update", { bundle: encodeBundle([root]) });
  }
}

/** An outcome and its code. */
export function endOf({ outcome, error }: DeployReport): string {
  return [outcome, error?.code].filter(Boolean).join(" ");
}
