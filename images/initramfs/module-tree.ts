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
  readonly #builtIn: ReadonlySet<string>;
  readonly #loaded = new Map<string, Promise<Buffer>>();

  readonly #xz: readonly [string, ...string[]];

  private constructor(files: ReadonlyMap<string, string>, builtIn: ReadonlySet<string>, xz: readonly [string, ...string[]]) {
    this.#files = files;
    this.#builtIn = builtIn;
    this.#xz = xz;
  }

  /** `xz`: the command that unpacks what Debian compresses. */
  static async open(folder: string, xz: readonly [string, ...string[]]): Promise<ModuleTree> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const modules = entries.filter((entry) => entry.isFile() && /\.ko(\.xz)?$/.test(entry.name));
    const builtIn = await readFile(join(folder, "modules.builtin"), "utf8");
    return new ModuleTree(
      new Map(modules.map((entry) => [moduleName(entry.name), join(entry.parentPath, entry.name)])),
      new Set(builtIn.split("\n").filter(Boolean).map(moduleName)),
      xz,
    );
  }

  has(name: string): boolean {
    return this.#files.has(moduleName(name));
  }

  /** Whether it could be a module, and is part of the kernel itself. */
  isBuiltIn(name: string): boolean {
    return this.#builtIn.has(moduleName(name));
  }

  /** `names` and all that they depend on, each behind what it needs; also what one asks for while it runs, such as a PHY's driver. */
  async closure(names: readonly string[]): Promise<KernelModule[]> {
    const found = new Map<string, KernelModule>();
    const visit = async (name: string): Promise<void> => {
      if (found.has(name)) return;
      const code = await this.#code(name);
      for (const wanted of wishes(code).filter((each) => this.has(each))) await visit(wanted);
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
  return (information(code, "depends") ?? "").split(",").filter(Boolean).map(moduleName);
}

/** What is to be loaded before it where it can be: `softdep=pre: realtek post: …`. Some names there are aliases, such as crc32c. */
function wishes(code: Buffer): string[] {
  const [, before = ""] = /\bpre:\s*([^:]*?)(?:\s*post:|$)/.exec(information(code, "softdep") ?? "") ?? [];
  return before.split(/\s+/).filter(Boolean).map(moduleName);
}

/** The first value of that name in .modinfo. */
function information(code: Buffer, name: string): string | undefined {
  const at = code.indexOf(`\0${name}=`);
  return at < 0 ? undefined : code.toString("latin1", at + name.length + 2, code.indexOf(0, at + 1));
}
