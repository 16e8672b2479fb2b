import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { PublisherOptions } from "../load/publisher.ts";

/** The first output of a version. */
export interface Takeover {
  readonly mark: number;
  /** Since the output before, which another version wrote. */
  readonly gapMillis: number;
  /** There was none before. */
  readonly first: boolean;
}

/** What came out, up to the end. */
export interface Heard {
  readonly received: number;
  /** Numbers that never came, and outputs of a number that had come. */
  readonly lost: number;
  readonly twice: number;
  /** Outputs of a version after those of the one that took over from it. */
  readonly back: number;
  /** ms between two outputs of the same version. */
  readonly gapP999: number;
  readonly gapMax: number;
}

interface Answer {
  readonly takeover?: Takeover;
  readonly heard?: Heard;
  readonly counted?: number;
  readonly stopped?: { readonly sent: number; readonly acknowledged: number };
}

export interface TrafficOptions {
  readonly port: number;
  readonly rate: number;
  /** Topics `bench/in/00000` and on that messages take turns over. */
  readonly spread: number;
}

const PATIENCE_MS = 30_000;
/** How long nothing comes before what is not there is lost. */
const SILENCE_MS = 1_000;

/** Numbered messages at a steady rate, QoS 1, from one process; another one reads what comes out and by which version. */
export class Traffic implements AsyncDisposable {
  readonly #watcher: ChildProcess;
  readonly #publisher: ChildProcess;
  readonly #broken = Promise.withResolvers<never>();

  private constructor(watcher: ChildProcess, publisher: ChildProcess) {
    this.#watcher = watcher;
    this.#publisher = publisher;
    this.#broken.promise.catch(() => {});
    for (const child of [watcher, publisher])
      child.once("exit", () => this.#broken.reject(new Error("a load process lost its connection")));
  }

  static async start({ port, rate, spread }: TrafficOptions): Promise<Traffic> {
    const watcher = await launch("./watcher.ts", [String(port), "bench/out"]);
    const options: PublisherOptions = { port, topic: "bench/in", qos: 1, window: 60_000, rate, spread };
    const publisher = await launch("../load/publisher.ts", [JSON.stringify(options)]);
    publisher.send({ start: true });
    return new Traffic(watcher, publisher);
  }

  /** Resolves with its first output as soon as there is one; ask before it can come. */
  takeover(mark: number): Promise<Takeover> {
    return this.#answer(this.#watcher, ({ takeover }) => (takeover?.mark === mark ? takeover : undefined), PATIENCE_MS);
  }

  /** Ends the publisher, waits until nothing comes any more, and counts. */
  async finish(): Promise<Heard & { readonly sent: number; readonly acknowledged: number }> {
    this.#publisher.send({ stop: true });
    const stopped = await this.#answer(this.#publisher, (answer) => answer.stopped, PATIENCE_MS);
    for (let before = -1; ; ) {
      this.#watcher.send({ count: true });
      const now = await this.#answer(this.#watcher, ({ counted }) => counted, PATIENCE_MS);
      if (now === before) break;
      before = now;
      await sleep(SILENCE_MS);
    }
    this.#watcher.send({ finish: { sent: stopped.sent } });
    return { ...(await this.#answer(this.#watcher, ({ heard }) => heard, PATIENCE_MS)), ...stopped };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [this.#publisher, this.#watcher]) {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    }
  }

  #answer<T>(child: ChildProcess, pick: (answer: Answer) => T | undefined, millis: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const take = (answer: Answer) => {
      const found = pick(answer);
      if (found !== undefined) resolve(found);
    };
    child.on("message", take);
    const late = setTimeout(() => reject(new Error(`no answer from the load in ${millis / 1000} s`)), millis);
    return Promise.race([promise, this.#broken.promise]).finally(() => {
      clearTimeout(late);
      child.off("message", take);
    });
  }
}

async function launch(file: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(new URL(file, import.meta.url), args);
  await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error(`${file} found no broker`))),
  ]);
  return child;
}
