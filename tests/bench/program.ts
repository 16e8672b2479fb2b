import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const READY_MS = 60_000;
const END_MS = 10_000;
const KEPT_LINES = 20;

export interface ProgramOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Which line of its output says that it is ready; at once where absent. */
  readonly ready?: (line: string) => boolean;
}

/** A program that runs beside the benchmark and ends with it. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** What it last wrote, for when it fails. */
  readonly #lines: string[] = [];
  readonly #kill = () => void this.#child.kill("SIGKILL");
  /** The line that said it was ready. */
  greeting = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    process.once("exit", this.#kill);
    child.once("exit", () => process.off("exit", this.#kill));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  static async start(command: string, { args, cwd, env, ready }: ProgramOptions): Promise<Program> {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const program = new Program(child);
    await program.#ready(command, ready);
    return program;
  }

  async #ready(command: string, isReady: ProgramOptions["ready"]): Promise<void> {
    const child = this.#child;
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string) => {
        child.kill("SIGKILL");
        reject(new Error(`${command} ${what}: ${this.#lines.join(" | ")}`));
      };
      const late = setTimeout(() => fail("was not ready in time"), READY_MS);
      const settle = (then: () => void) => {
        clearTimeout(late);
        then();
      };
      child.once("error", (error) => settle(() => reject(error)));
      child.once("exit", (code, signal) => settle(() => fail(`ended with ${code ?? signal}`)));
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        createInterface({ input: stream }).on("line", (line) => {
          this.#lines.push(line.slice(0, 500));
          if (this.#lines.length > KEPT_LINES) this.#lines.shift();
          if (!isReady?.(line)) return;
          this.greeting = line;
          settle(resolve);
        });
      }
      if (!isReady) child.once("spawn", () => settle(resolve));
    });
  }

  /** Throws when it has ended, with what it said last. */
  checkAlive(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) return;
    throw new Error(`${this.#child.spawnfile} ended with ${exitCode ?? signalCode}: ${this.#lines.join(" | ")}`);
  }

  /** Resolves when it has ended by itself; throws when it failed. */
  async ended(): Promise<void> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode ?? child.signalCode}: ${this.#lines.join(" | ")}`);
  }

  /** Asks it to end and waits; ends it the hard way when it doesn't. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const late = setTimeout(this.#kill, END_MS);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    clearTimeout(late);
  }
}
