import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Tensor } from "../../../runtime/contract/index.ts";
import lock from "../../../runtime/inference/build/lock.json" with { type: "json" };
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("reference.py", import.meta.url));
const VERSION = lock.onnxruntime.version;

export interface PythonTimes {
  /** µs. */
  readonly p50: number;
  readonly runs: number;
  /** The bytes of each output. */
  readonly outputs: readonly Uint8Array[];
}

/** ONNX Runtime's Python package of the worker's version, in a folder of the cache. */
export class PythonReference {
  readonly #packages: string;

  private constructor(packages: string) {
    this.#packages = packages;
  }

  /** @throws Error where there is no Python, or no package for it */
  static async open(): Promise<PythonReference> {
    const { stdout } = await run("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    const home = join(defaultPlaces().cache, "python-onnxruntime", `${VERSION}-${stdout.trim()}`);
    if (!existsSync(home)) {
      mkdirSync(join(home, ".."), { recursive: true });
      const work = mkdtempSync(`${home}-`);
      const quietly = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--target", work];
      await run("python3", ["-m", "pip", "install", ...quietly, `onnxruntime==${VERSION}`]);
      renameSync(work, home);
    }
    return new PythonReference(home);
  }

  /** Runs a model for so many seconds on one thread. */
  async time(model: string, inputs: readonly Tensor[], seconds: number, folder: string): Promise<PythonTimes> {
    const work = mkdtempSync(join(folder, "python-"));
    const given = inputs.map(({ dtype, dims, bytes }, index) => {
      const file = join(work, `input-${index}`);
      writeFileSync(file, bytes);
      return { file, dtype, dims };
    });
    const job = join(work, "job.json");
    writeFileSync(job, JSON.stringify({ model, inputs: given, seconds, outputs: work }));
    const { stdout } = await run("python3", [SCRIPT, job], { env: { ...process.env, PYTHONPATH: this.#packages } });
    const times = JSON.parse(stdout) as { p50: number; runs: number };
    const outputs: Uint8Array[] = [];
    while (existsSync(join(work, `${outputs.length}`))) outputs.push(readFileSync(join(work, `${outputs.length}`)));
    return { ...times, outputs };
  }
}
