import { constants, zstdCompressSync } from "node:zlib";
import { type CpioEntry, writeCpio } from "../formats/cpio.ts";
import type { ModuleTree } from "./module-tree.ts";
import { BUILT_IN_LATER, type ModuleChoice } from "./modules.ts";

/** The kernel's console, before /dev is there: Linux's devices.txt, 5 char, 1. */
const CONSOLE: CpioEntry = { path: "dev/console", kind: "character-device", mode: 0o600, major: 5, minor: 1 };
const LEVEL = 19;

/**
 * What a kernel starts from: PID 1, which opens the root, and, where drivers are modules, what `modulesOf` gave. The same bytes for the
 * same inputs.
 */
export function writeInitramfs(init: Uint8Array, modules: readonly CpioEntry[] = []): Uint8Array {
  const archive = writeCpio([
    { path: "dev", kind: "folder", mode: 0o755 },
    CONSOLE,
    { path: "init", kind: "file", mode: 0o755, content: init },
    ...modules,
  ]);
  return zstdCompressSync(archive, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** The modules in the order in which they load, and their list (`kernel/init/modules.h`). */
export async function modulesOf(modules: ModuleTree, choice: ModuleChoice): Promise<CpioEntry[]> {
  const must = choice.needed.filter((name) => modules.has(name) || !isPartOf(modules, name));
  const needed = await modules.closure(must);
  const all = await modules.closure([...must, ...choice.hardware.filter((name) => modules.has(name))]);
  const path = (name: string) => `modules/${name}.ko`;
  const names = all.map(({ name }) => `/${path(name)}`);
  const list = [...names.slice(0, needed.length), "--", ...names.slice(needed.length), ""].join("\n");
  return [
    { path: "modules", kind: "folder", mode: 0o755 },
    ...all.map(({ name, code }): CpioEntry => ({ path: path(name), kind: "file", mode: 0o644, content: code })),
    { path: "modules.list", kind: "file", mode: 0o644, content: Buffer.from(list) },
  ];
}

/** Of what a board needs, that which its kernel has neither as a module nor built in. */
export function missingIn(modules: ModuleTree, { needed }: ModuleChoice): string[] {
  return needed.filter((name) => !modules.has(name) && !isPartOf(modules, name));
}

function isPartOf(modules: ModuleTree, name: string): boolean {
  return modules.isBuiltIn(name) || BUILT_IN_LATER.has(name);
}
