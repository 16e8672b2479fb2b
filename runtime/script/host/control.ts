import { createHash } from "node:crypto";
import {
  asStepppsError,
  CONTROL_VERBS,
  type ControlReply,
  type ControlVerb,
  controlTopic,
  type DeployReport,
  StepppsError,
  utf8,
} from "../../contract/index.ts";
import type { Bus, Delivery } from "../../mqtt/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Journal } from "../../store/index.ts";
import type { PluginHost } from "./plugin-host.ts";

/** What a request may say beside its id. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One verb: the value it answers with goes to the asker as JSON. */
export type Verb = (args: Arguments) => Promise<unknown> | unknown;

export interface ControlOptions {
  readonly device: string;
  readonly bus: Pick<Bus, "subscribe" | "publish">;
  readonly host: Pick<PluginHost, "deploy">;
  readonly clock: Clock;
  readonly journal: Pick<Journal, "commit">;
  readonly verbs: Readonly<Record<ControlVerb, Verb>>;
  /** Told why an envelope was refused. */
  refused(error: StepppsError): void;
}

const MAX_REQUEST_BYTES = 64 * 1024;
/** Requests that are carried out at once: an answer may hold some MiB. */
const AT_ONCE = 8;
/** Requests that wait for their turn. */
const MAX_WAITING = 256;
const JSON_TEXT = new TextDecoder("utf-8", { fatal: true });

/** Answers the control topics (contract/control.ts): deploys, and the verbs of the command line. */
export class Control {
  readonly #options: ControlOptions;
  readonly #deployTopic: string;
  readonly #doPrefix: string;
  /** Deploys run one after the other. */
  #deploying: Promise<void> = Promise.resolve();
  #underWay = 0;
  readonly #waiting: (() => Promise<void>)[] = [];

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#deployTopic = controlTopic.deploy(options.device);
    this.#doPrefix = controlTopic.do(options.device, "+").slice(0, -1);
  }

  async start(): Promise<void> {
    const { bus, device } = this.#options;
    await bus.subscribe(this.#deployTopic);
    await bus.subscribe(controlTopic.do(device, "+"));
  }

  /** Whether `message` was for control; `done` is called once it is dealt with. */
  take(message: Delivery, done: (error?: Error) => void): boolean {
    const deploy = message.topic === this.#deployTopic;
    if (!deploy && !message.topic.startsWith(this.#doPrefix)) return false;
    const payload = message.payload.slice();
    const verb = message.topic.slice(this.#doPrefix.length);
    if (deploy) {
      const settle = () => this.#settle(message, done);
      this.#deploying = this.#deploying.then(() => this.#deploy(payload)).then(settle, settle);
    } else {
      // The broker may go on at once: what was asked is answered on a topic of its own.
      this.#settle(message, done);
      if (this.#waiting.length >= MAX_WAITING) void this.#answer(payload, busy);
      else this.#waiting.push(() => this.#answer(payload, (args) => this.#do(verb, args)));
      this.#pump();
    }
    return true;
  }

  #pump(): void {
    while (this.#underWay < AT_ONCE) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#underWay++;
      void next().then(() => {
        this.#underWay--;
        this.#pump();
      });
    }
  }

  /** What the broker has to remember of the message is on disk before its sender is told that it arrived. */
  #settle({ ops }: Delivery, done: (error?: Error) => void): void {
    if (ops.length === 0) done();
    else this.#options.journal.commit(ops).then(() => done(), done);
  }

  async #deploy(envelope: Uint8Array): Promise<void> {
    const { host, clock, device, bus, refused } = this.#options;
    const began = clock.monotonic();
    const id = createHash("sha256").update(envelope).digest("hex");
    let report: Omit<DeployReport, "millis">;
    try {
      const { manifest } = await host.deploy(envelope);
      report = { id, ok: true, plugin: manifest.name, version: manifest.version };
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_GUEST_INVALID");
      refused(error);
      report = { id, ok: false, error: error.toJSON() };
    }
    await reply(bus, controlTopic.deployed(device), { ...report, millis: Math.round(clock.monotonic() - began) });
  }

  #do(verb: string, args: Arguments): unknown {
    if (!CONTROL_VERBS.includes(verb as ControlVerb)) throw new StepppsError("E_CONTROL", `no verb ${verb.slice(0, 40)}`);
    return this.#options.verbs[verb as ControlVerb](args);
  }

  /** Never rejects. */
  async #answer(payload: Uint8Array, carryOut: (args: Arguments) => unknown): Promise<void> {
    const { bus, device } = this.#options;
    let id: string | undefined;
    let answer: ControlReply;
    try {
      const args = parseRequest(payload);
      id = args.id;
      answer = { ok: true, value: await carryOut(args) };
    } catch (thrown) {
      answer = { ok: false, error: asStepppsError(thrown, "E_CONTROL").toJSON() };
    }
    if (id !== undefined) await reply(bus, controlTopic.done(device, id), answer);
  }
}

function busy(): never {
  throw new StepppsError("E_CONTROL_BUSY", `${MAX_WAITING} requests wait`);
}

function parseRequest(payload: Uint8Array): { id: string } & Arguments {
  if (payload.length > MAX_REQUEST_BYTES) throw new StepppsError("E_CONTROL", `${payload.length} bytes`);
  let request: unknown;
  try {
    request = JSON.parse(JSON_TEXT.decode(payload));
  } catch (cause) {
    throw new StepppsError("E_CONTROL", "not JSON", { cause });
  }
  const { id } = (request ?? {}) as { id?: unknown };
  if (typeof id !== "string" || !/^[A-Za-z0-9-]{1,64}$/.test(id)) throw new StepppsError("E_CONTROL", "no id");
  return request as { id: string };
}

/** QoS 1: the asker has subscribed before it asked. Never rejects: an answer that can't be written or sent is not given. */
async function reply(bus: ControlOptions["bus"], topic: string, value: unknown): Promise<void> {
  try {
    await bus.publish({ topic, payload: utf8(JSON.stringify(value)), qos: 1, retain: false });
  } catch {
    // The asker gives up after a while.
  }
}
