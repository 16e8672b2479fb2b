import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** A kernel module: its name as others depend on it, and its code, unpacked. */
export interface KernelModule {
  readonly name: string;
  readonly code: Buffer;
}

/** The modules of one kernel, in a folder as a Debian package lays them out (`…/kernel/drivers/md/dm-mod.ko.xz`). */
export class ModuleTree {
  readonly #files: ReadonlyMap<string, string>;
  readonly #loaded = new Map<string, Promise<Buffer>>();

  readonly #xz: readonly [string, ...string[]];

  private constructor(files: ReadonlyMap<string, string>, xz: readonly [string, ...string[]]) {
    this.#files = files;
    this.#xz = xz;
  }

  /** `xz`: the command that unpacks what Debian compresses. */
  static async open(folder: string, xz: readonly [string, ...string[]]): Promise<ModuleTree> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const modules = entries.filter((entry) => entry.isFile() && /\.ko(\.xz)?$/.test(entry.name));
    return new ModuleTree(new Map(modules.map((entry) => [moduleName(entry.name), join(entry.parentPath, entry.name)])), xz);
  }

  has(name: string): boolean {
    return this.#files.has(moduleName(name));
  }

  /** `names` and all that they depend on, each behind what it needs. */
  async closure(names: readonly string[]): Promise<KernelModule[]> {
    const found = new Map<string, KernelModule>();
    const visit = async (name: string): Promise<void> => {
      if (found.has(name)) return;
      const code = await this.#code(name);
      for (const needed of dependencies(code)) await visit(needed);
      found.set(name, { name, code });
    };
    for (const name of names) await visit(moduleName(name));
    return [...found.values()];
  }

  #code(name: string): Promise<Buffer> {
    const file = this.#files.get(name);
    if (!file) throw new Error(`this kernel has no module ${name}`);
    const code = this.#loaded.get(name) ?? read(file, this.#xz);
    this.#loaded.set(name, code);
    return code;
  }
}

/** "dm-mod.ko.xz" is dm_mod to the kernel. */
function moduleName(file: string): string {
  return basename(file)
    .replace(/\.ko(\.xz)?$/, "")
    .replaceAll("-", "_");
}

async function read(file: string, [command, ...first]: readonly [string, ...string[]]): Promise<Buffer> {
  if (!file.endsWith(".xz")) return readFile(file);
  const options = { encoding: "buffer", maxBuffer: 64 << 20 } as const;
  return (await promisify(execFile)(command, [...first, "--decompress", "--stdout", file], options)).stdout;
}

/** What `depends=` in a module's .modinfo names. */
function dependencies(code: Buffer): string[] {
  const at = code.indexOf("\0depends=");
  if (at < 0) return [];
  const text = code.toString("latin1", at + 9, code.indexOf(0, at + 1));
  return text.split(",").filter(Boolean).map(moduleName);
}
