import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "./cpu.ts";
import type { PublisherOptions } from "./publisher.ts";
import type { SubscriberOptions } from "./subscriber.ts";

export interface Load {
  readonly port: number;
  /** What is published, and what comes out of the other end. */
  readonly topic: string;
  readonly filter: string;
  readonly qos: 0 | 1;
  readonly seconds: number;
  readonly warmupSeconds?: number;
  /** Messages under way at most; 2,000 where absent. */
  readonly window?: number;
  /** Messages a second; as many as go through where absent. */
  readonly rate?: number;
  /** Messages take turns over so many topics, `topic` with "/00000" and so on behind it. */
  readonly spread?: number;
  /** MQTT 5 in place of 3.1.1; in every other slot (slots.ts) each message has a trace. */
  readonly traced?: boolean;
  /** Processes whose CPU time is of interest. */
  readonly pids?: readonly number[];
}

export interface LoadResult {
  /** Messages that came out, per second. */
  readonly perSecond: number;
  /** Messages that went in, per second: with those that were filtered out. */
  readonly inPerSecond: number;
  /** ms from the publisher's write to the subscriber's read. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** ms from the publisher's write to its PUBACK; 0 at QoS 0. */
  readonly ackP99: number;
  /** Microseconds of CPU that each of `pids` used for each message that came out. */
  readonly cpuMicros: readonly number[];
}

interface Window {
  readonly received: number;
  /** From the highest number seen before the window to the highest one in it. */
  readonly spanned: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Answer {
  readonly ready?: true;
  readonly seen?: number;
  readonly result?: Window;
  readonly ackP99?: number;
}

/** Publishes from one process, reads in another, and says how fast it went. Throws when either loses its connection. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { port, topic, filter, qos, window = 2000, rate, spread, traced, pids = [] } = load;
  const options = { port, topic, qos, window, ...(rate && { rate }), ...(spread && { spread }), ...(traced && { traced }) };
  const broken = Promise.withResolvers<never>();
  const children: ChildProcess[] = [];
  const start = async (file: string, argument: PublisherOptions | SubscriberOptions) => {
    const child = fork(new URL(file, import.meta.url), [JSON.stringify(argument)]);
    children.push(child);
    child.once("exit", (code) => broken.reject(new Error(`${file} ended with ${code}: the broker closed its connection`)));
    child.on("error", broken.reject);
    await Promise.race([once(child, "message"), broken.promise]);
    return child;
  };
  const work = async (): Promise<LoadResult> => {
    const subscriber = await start("subscriber.ts", { port, filter, qos });
    const publisher = await start("publisher.ts", options);
    subscriber.on("message", ({ seen }: Answer) => {
      if (seen !== undefined && publisher.connected) publisher.send({ seen });
    });
    publisher.send({ start: true });
    await sleep((load.warmupSeconds ?? 2) * 1000);
    for (const child of children) child.send({ mark: true });
    const cpuBefore = pids.map(cpuSeconds);
    await sleep(load.seconds * 1000);
    const answers = [answer(subscriber, ({ result }) => result), answer(publisher, ({ ackP99 }) => ackP99)] as const;
    for (const child of children) child.send({ finish: true });
    const cpu = pids.map((pid, i) => cpuSeconds(pid) - (cpuBefore[i] ?? 0));
    const [{ received, spanned, seconds, p50, p99, max }, ackP99] = await Promise.all(answers);
    if (received === 0) throw new Error(`nothing came out of ${filter}`);
    const cpuMicros = cpu.map((used) => (used * 1e6) / received);
    return { perSecond: received / seconds, inPerSecond: spanned / seconds, p50, p99, max, ackP99, cpuMicros };
  };
  try {
    return await Promise.race([work(), broken.promise]);
  } finally {
    for (const child of children) {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    }
    broken.promise.catch(() => {});
  }
}

/** The first of a child's messages in which `pick` finds something. */
function answer<T>(child: ChildProcess, pick: (message: Answer) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    child.on("message", (message: Answer) => {
      const found = pick(message);
      if (found !== undefined) resolve(found);
    });
  });
}
