import { ConsoleLog } from "../../../images/qemu/console-log.ts";
import { type Emulator, startEmulator } from "../../../images/qemu/emulator.ts";
import type { MachineOptions } from "../../../images/qemu/machine.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";

/** A machine that is emulated beside the benchmark and ends with it, as if its plug was pulled. */
export class Machine implements AsyncDisposable {
  readonly console = new ConsoleLog();
  /** When the emulator was started, by `performance.now()`. */
  readonly began = performance.now();
  readonly #emulator: Emulator;
  readonly #kill: () => void;
  readonly #seen: { readonly line: string; readonly at: number }[] = [];

  constructor(options: MachineOptions, tools: Toolset) {
    this.#emulator = startEmulator(options, tools, (line) => {
      this.#seen.push({ line, at: performance.now() - this.began });
      this.console.add(line);
    });
    this.#kill = () => {
      try {
        process.kill(this.#emulator.pid, "SIGKILL");
      } catch {}
    };
    process.once("exit", this.#kill);
  }

  /** ms from the emulator's start to the first such line on the console, as soon as there is one. */
  async until(pattern: RegExp): Promise<number> {
    // One that has ended says nothing any more: why it did is the better news.
    const ended = this.#emulator.ended.then((ending) => Promise.reject(new Error(`the machine ended: ${ending}`)));
    await Promise.race([this.console.line(pattern), ended]);
    return this.#seen.find(({ line }) => pattern.test(line))?.at ?? Number.NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#kill);
    await this.#emulator.stop();
  }
}
