import { type ChildProcess, spawn } from "node:child_process";
import type { Alarm, Clock } from "../clock.ts";
import { eachLine } from "./lines.ts";

export interface ChildOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Each line of its standard output and error. */
  said?(line: string): void;
  /** It ended by itself, and is started again: with what exit code, or by which signal. */
  ended?(how: string): void;
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
    const { command, env, clock, said } = this.#options;
    const [program = "", ...args] = command;
    const began = clock.monotonic();
    const output = said ? "pipe" : "ignore";
    const child = spawn(program, args, { stdio: ["ignore", output, output], env: { PATH: process.env.PATH, ...env } });
    this.#process = child;
    if (said) for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, said);
    child.once("error", (error) => this.#ended(began, error.message));
    // When both streams are at their ends, so that its last words come first
    child.once("close", (code, signal) => this.#ended(began, signal ? `by ${signal}` : `exit code ${code}`));
  }

  #ended(began: number, how: string): void {
    if (!this.#process) return;
    this.#process = undefined;
    if (this.#closed) return;
    const { clock, ended } = this.#options;
    ended?.(how);
    this.#wait = clock.monotonic() - began > LONGEST_WAIT_MS ? FIRST_WAIT_MS : Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    this.#again = clock.after(this.#wait, () => this.#start());
  }
}
