import { type ChildProcess, spawn } from "node:child_process";
import type { Alarm, Clock } from "../clock.ts";

export interface ChildOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, "after" | "monotonic">;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** A program that is to run for as long as we do: started again when it ends, later each time it ended soon. */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #again: Alarm | undefined;
  #wait = FIRST_WAIT_MS;
  #closed = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#start();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Resolves when it has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#again?.cancel();
    const running = this.#process;
    if (!running) return;
    const ended = new Promise<void>((resolve) => running.once("close", () => resolve()));
    running.kill("SIGTERM");
    const late = this.#options.clock.after(LONGEST_WAIT_MS / 30, () => running.kill("SIGKILL"));
    await ended;
    late.cancel();
  }

  #start(): void {
    const { command, env, clock } = this.#options;
    const [program = "", ...args] = command;
    const began = clock.monotonic();
    const child = spawn(program, args, { stdio: "ignore", env: { PATH: process.env.PATH, ...env } });
    this.#process = child;
    child.once("error", () => this.#ended(began));
    child.once("exit", () => this.#ended(began));
  }

  #ended(began: number): void {
    if (!this.#process) return;
    this.#process = undefined;
    if (this.#closed) return;
    const { clock } = this.#options;
    this.#wait = clock.monotonic() - began > LONGEST_WAIT_MS ? FIRST_WAIT_MS : Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.#again = clock.after(this.#wait, () => this.#start());
  }
}
