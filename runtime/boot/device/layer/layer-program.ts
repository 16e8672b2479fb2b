import { spawn } from "node:child_process";
import { type LayerManifest, StepppsError } from "../../../contract/index.ts";

/** How long a layer may take to be mounted, and its health check to end. */
const LIMIT_MS = 60_000;
const MOST_SAID = 4096;
/** kernel/layer: a block is not what it was. */
const CORRUPT = 3;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `/sbin/steppps-layer`, which has the system calls (kernel/layer). */
export class LayerProgram {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Mounts what `file` has from `bodyAt` on; the name of its verity device. Throws E_LAYER_MOUNT, E_LAYER_DAMAGED. */
  async open(file: string, bodyAt: number, { name, size, verity }: LayerManifest): Promise<string> {
    const { rootHash, salt, dataBlocks, hashOffset } = verity;
    const numbers = `${rootHash},${salt || "-"},${dataBlocks},${hashOffset}`;
    const { code, out, err } = await this.#run(["open", file, `${bodyAt}`, `${size}`, numbers, name]);
    if (code === CORRUPT) throw new StepppsError("E_LAYER_DAMAGED", name);
    if (code !== 0) throw new StepppsError("E_LAYER_MOUNT", `${name}: ${err.trim()}`);
    return out.trim();
  }

  async close(name: string): Promise<void> {
    await this.#run(["close", name]).catch(() => {});
  }

  /** Whether a block of it was found to be another. */
  async isDamaged(device: string): Promise<boolean> {
    return (await this.#run(["check", device])).code === CORRUPT;
  }

  /** Throws E_LAYER_HEALTH with what the program said. */
  async prove({ name, health }: LayerManifest): Promise<void> {
    const { code, out, err } = await this.#run(["run", name, ...health]);
    if (code !== 0)
      throw new StepppsError("E_LAYER_HEALTH", `${name}: ${health.join(" ")} ended with ${code}: ${(err || out).trim()}`);
  }

  argv(name: string, program: string, args: readonly string[]): readonly string[] {
    return [this.#path, "run", name, program, ...args];
  }

  #run(args: readonly string[]): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.#path, args, { stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
      let [out, err] = ["", ""];
      child.stdout.on("data", (piece: Buffer) => {
        out = (out + piece.toString("latin1")).slice(0, MOST_SAID);
      });
      child.stderr.on("data", (piece: Buffer) => {
        err = (err + piece.toString("latin1")).slice(0, MOST_SAID);
      });
      child.once("error", (cause) => reject(new StepppsError("E_LAYER_MOUNT", cause.message, { cause })));
      child.once("close", (code, signal) => resolve({ code: code ?? 128, out, err: signal ? `ended by ${signal}` : err }));
    });
  }
}
