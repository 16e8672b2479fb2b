import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { defaultPlaces, prebuilt } from "../../../runtime/wasmtime/build/places.ts";
import { run } from "../../../runtime/wasmtime/build/run.ts";
import { thisTarget } from "../../../runtime/wasmtime/build/targets.ts";

/** The C program of raw.c, asked for one window at a time. */
export class RawProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error("the raw program has no output");
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(wasm: Uint8Array, folder: string): Promise<RawProcess> {
    const places = defaultPlaces();
    const library = prebuilt(places, thisTarget());
    const program = join(folder, "raw");
    const source = fileURLToPath(new URL("raw.c", import.meta.url));
    await run("gcc", [
      "-O2",
      "-Wall",
      "-I",
      join(places.root, "native"),
      source,
      "-L",
      library,
      "-lwasmtime",
      `-Wl,-rpath,${library}`,
      "-o",
      program,
    ]);
    writeFileSync(join(folder, "message.wasm"), wasm);
    const child = spawn(program, [join(folder, "message.wasm")], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child, "spawn");
    return new RawProcess(child);
  }

  /** Nanoseconds per call, over `calls` calls. */
  async measure(what: "empty" | "message", calls: number): Promise<number> {
    this.#child.stdin?.write(`${what} ${calls}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("the raw program ended");
    return Number(value);
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}
