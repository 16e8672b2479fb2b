import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { type Supervisor, startSupervisor } from "../../../runtime/boot/index.ts";
import { connectDevice } from "../../../runtime/cli/device/client.ts";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import {
  controlTopic,
  type DeployReport,
  type FaultPoint,
  type Faults,
  type SystemEvent,
} from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { encodeBundle, formatPublicKey, generateKeys } from "../../../runtime/trust/index.ts";
import { freePort } from "../../faults/kill-loop/port.ts";
import { createRandom } from "../../faults/kill-loop/random.ts";
import { Receiver } from "../../faults/kill-loop/receiver.ts";
import { Sender } from "../../faults/kill-loop/sender.ts";
import { booksOf } from "../../faults/storm/books.ts";
import { GOOD, type Kind } from "../../faults/storm/kinds.ts";
import { makeVersion } from "../../faults/storm/version.ts";
import { Signing } from "../../support/signers.ts";
import { type Built, buildSources } from "../script/guests.ts";
import type { Act } from "./acts.ts";

export interface WorldOptions {
  readonly tally: Built;
  /** The device's folder; one of its own where absent. */
  readonly data?: string;
  /** Where the others meet the device: at its own broker, or at one elsewhere. */
  readonly place?: { readonly kind: "external" | "uplink"; readonly port: number };
  /** Bytes of each message beside its number. */
  readonly ballast?: number;
}

/** Traps at inputs with its mark. */
const BAD: Kind = { name: "bad", good: false, weight: 0, does: 51, ends: /^/ };
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
 * A device with its owner, someone who sends it numbers and someone who listens. Something happens when it passes a fault point for the
 * first time after `at`.
 */
export class World implements AsyncDisposable {
  readonly keys = generateKeys();
  readonly events: SystemEvent[] = [];
  /** What the device said of deploys: version, and as `endOf`. */
  readonly heard = new Set<string>();
  readonly #options: WorldOptions;
  readonly #home = mkdtempSync(join(tmpdir(), "world-"));
  readonly #signing = new Signing(Date.now());
  #port = 0;
  #supervisor: Supervisor | undefined;
  #sender: Sender | undefined;
  #receiver: Receiver | undefined;
  #asker: MqttClient | undefined;
  #armed: { readonly point: FaultPoint; readonly happens: () => void } | undefined;
  #number = 0;
  #versions = 0;
  #mark = "-";

  private constructor(options: WorldOptions) {
    this.#options = options;
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

  /** Whether something that was armed has happened. */
  get happened(): boolean {
    return this.#armed === undefined;
  }

  get version(): string | undefined {
    return this.#supervisor?.view.status().plugins[0]?.version;
  }

  at(point: FaultPoint, happens: () => void): void {
    this.#armed = { point, happens };
  }

  async start(): Promise<void> {
    const faults: Faults = {
      pass: (point) => {
        if (this.#armed?.point !== point) return;
        const { happens } = this.#armed;
        this.#armed = undefined;
        happens();
      },
    };
    this.#supervisor = await startSupervisor({
      dataPath: this.data,
      version: "0.0.0",
      clock: systemClock(),
      engine: "v8",
      faultSpec: undefined,
      faults,
      mqttPort: this.#options.place ? 0 : this.#port,
      webPort: false,
      readings: false,
      broken: (error) =>
        this.events.push({ time: 0, kind: "supervisor.trouble", level: "error", text: `broken: ${error.message}` }),
    });
    this.#supervisor.view.events.listen((event) => this.events.push(event));
  }

  async stop(): Promise<void> {
    await this.#supervisor?.close();
    this.#supervisor = undefined;
  }

  /** Begins it; how it ends is in `deploys`. */
  act(act: Act): void {
    if (act === "messages" || act === "a timer") return;
    const done = act === "new metadata" ? this.#rotate() : this.deploy(act.startsWith("a good"), act.endsWith("trial"));
    done.catch(() => {});
  }

  /** Resolves when its gate is over; rejects with why it is not at work. */
  async deploy(good: boolean, trial = false): Promise<void> {
    const { tally } = this.#options;
    const number = ++this.#versions;
    const { envelope, mark } = makeVersion(tally, "tally", `1.0.${number}`, number, good ? GOOD : BAD, this.keys);
    await this.send(envelope, good ? "-" : mark, trial);
  }

  async send(envelope: Uint8Array, mark = "-", trial = false): Promise<void> {
    const request = { envelope, options: trial ? { canary: 50 } : {}, wait: true, approve: false };
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
      // A broker that ends in the middle of a QoS 2 exchange may begin it anew; the device's own broker speaks 3.1.1.
      ...(this.#options.place && { id: (n: number) => `number-${n}` }),
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
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }

  get #address() {
    return { broker: `mqtt://127.0.0.1:${this.#port}`, device: "edge", timeout: PATIENCE_MS };
  }

  async #begin(): Promise<void> {
    const { place } = this.#options;
    this.#port = place?.port ?? (await freePort(createRandom(Math.floor(Math.random() * 1e9))));
    const { owners, document } = dataPaths(this.data);
    mkdirSync(owners, { recursive: true });
    writeFileSync(join(owners, "owner.pub"), `${formatPublicKey(this.keys.public)}\n`);
    writeFileSync(document, JSON.stringify(this.#document()));
    await this.start();
    this.#receiver = new Receiver(this.#port, ["booked/+", "rung/+", "books/+"]);
    const owner = { host: "127.0.0.1", port: this.#port, clientId: "asker", clean: false, reconnectPeriod: 50 };
    this.#asker = await connectAsync(owner);
    this.#asker.on("error", () => {});
    this.#asker.on("message", (_, payload) => {
      const report: DeployReport = JSON.parse(payload.toString());
      this.heard.add(`${report.version} ${endOf(report)}`);
    });
    await this.#asker.subscribeAsync(controlTopic.deployed("edge"), { qos: 1 });
    await this.deploy(true);
    this.resume();
    await until(() => (this.#sender as Sender).acknowledged.size > 30);
  }

  #document(): object {
    const { place } = this.#options;
    const url = `mqtt://127.0.0.1:${place?.port}`;
    const shared = { deploys: { gateSeconds: 1 } };
    if (place?.kind === "external") return { ...shared, mqtt: { broker: url } };
    return place ? { ...shared, uplink: { url, rules: [...RULES, ...OUT_RULES] } } : shared;
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
