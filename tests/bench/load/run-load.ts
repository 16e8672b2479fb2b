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
  /** Processes whose CPU time is of interest. */
  readonly pids?: readonly number[];
}

export interface LoadResult {
  /** Messages that came out, per second. */
  readonly perSecond: number;
  /** ms from the publisher's write to the subscriber's read. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Microseconds of CPU that each of `pids` used for each message. */
  readonly cpuMicros: readonly number[];
}

interface Answer {
  readonly result?: { received: number; p50: number; p99: number; max: number };
}

/** Publishes from one process, reads in another, and says how fast it went. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const { port, topic, filter, qos, window = 2000, rate, pids = [] } = load;
  const subscriber = start("subscriber.ts", { port, filter, qos } satisfies SubscriberOptions);
  await once(subscriber, "message");
  const publisher = start("publisher.ts", { port, topic, qos, window, ...(rate && { rate }) } satisfies PublisherOptions);
  await once(publisher, "message");
  subscriber.on("message", (message: { seen?: number }) => {
    if (message.seen !== undefined && publisher.connected) publisher.send(message);
  });
  try {
    publisher.send({ start: true });
    await sleep((load.warmupSeconds ?? 2) * 1000);
    subscriber.send({ mark: true });
    const cpuBefore = pids.map(cpuSeconds);
    const began = performance.now();
    await sleep(load.seconds * 1000);
    const finished = answer(subscriber);
    subscriber.send({ finish: true });
    const took = (performance.now() - began) / 1000;
    const cpu = pids.map((pid, i) => cpuSeconds(pid) - (cpuBefore[i] ?? 0));
    const { received, p50, p99, max } = await finished;
    return { perSecond: received / took, p50, p99, max, cpuMicros: cpu.map((seconds) => (seconds * 1e6) / received) };
  } finally {
    for (const child of [publisher, subscriber]) child.kill("SIGKILL");
  }
}

function start(file: string, options: object): ChildProcess {
  const child = fork(new URL(file, import.meta.url), [JSON.stringify(options)]);
  child.once("exit", (code) => {
    if (code) throw new Error(`${file} ended with ${code}`);
  });
  return child;
}

function answer(child: ChildProcess): Promise<NonNullable<Answer["result"]>> {
  return new Promise((resolve) => {
    child.on("message", (message: Answer) => {
      if (message.result) resolve(message.result);
    });
  });
}
