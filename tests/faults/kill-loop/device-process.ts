import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NODE_FLAGS } from "../../../runtime/platform/index.ts";

const PROGRAM = fileURLToPath(new URL("device.ts", import.meta.url));

export interface DeviceOptions {
  readonly data: string;
  readonly port: number;
  /** STEPPPS_FAULT. */
  readonly fault?: string;
  /** Whether its journal is on the event loop's thread at first, as an image's is. */
  readonly late?: boolean;
}

/** One life of the device. */
export class DeviceProcess {
  /** From its start until it handled messages; undefined when it died before. */
  readonly ready: Promise<number | undefined>;
  /** The signal it died of, or its exit code. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #complaints = "";

  constructor({ data, port, fault, late = false }: DeviceOptions) {
    const began = performance.now();
    // glibc keeps a heap for each thread otherwise; a device's musl has one.
    const env = { ...process.env, STEPPPS_FAULT: fault ?? "", MALLOC_ARENA_MAX: "1" };
    const args = [...NODE_FLAGS, PROGRAM, data, String(port), ...(late ? ["late"] : [])];
    const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stderr?.on("data", (text) => {
      this.#complaints = `${this.#complaints}${text}`.slice(-4000);
    });
    this.ended = once(child, "exit").then(([code, signal]) => signal ?? String(code));
    this.ready = new Promise((resolve) => {
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", (line) => {
        const url = line.split(" ")[1] ?? "";
        if (new URL(url).port !== String(port)) this.#complaints += `it listens at ${url}, not at port ${port}\n`;
        resolve(performance.now() - began);
      });
      void this.ended.then(() => resolve(undefined));
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Whether it has ended. */
  get gone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it wrote to stderr. */
  get complaints(): string {
    return this.#complaints;
  }

  kill(signal: "SIGKILL" | "SIGTERM"): void {
    this.#child.kill(signal);
  }
}
