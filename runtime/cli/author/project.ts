import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { StepppsError } from "../../contract/errors/index.ts";

/** A plugin's source on this machine. */
export interface Project {
  /** Path of plugin.ts. */
  readonly entry: string;
  /** Where what is built of it goes. */
  readonly out: string;
}

const ENTRY = "plugin.ts";

/** The plugin at `path`: its folder, or the file itself. Throws E_CLI_NO_PLUGIN. */
export function findProject(path: string | undefined, cwd: string, out?: string): Project {
  const given = resolve(cwd, path ?? ".");
  const entry = isFile(given) && basename(given).endsWith(".ts") ? given : join(given, ENTRY);
  if (!isFile(entry)) throw new StepppsError("E_CLI_NO_PLUGIN", entry);
  return { entry, out: out ? resolve(cwd, out) : join(dirname(entry), "out") };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
