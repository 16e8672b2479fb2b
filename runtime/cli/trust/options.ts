import { resolve } from "node:path";
import { StepppsError } from "../../contract/errors/index.ts";
import type { Invocation } from "../command.ts";
import { TrustFolder } from "./folder.ts";
import { type Signing, validity } from "./publish.ts";

/** What every verb takes that signs metadata. */
export interface FolderOptions {
  readonly dir: string;
  readonly days: string;
}

export function openFolder({ options, cwd }: Pick<Invocation<{ readonly dir: string }>, "options" | "cwd">): TrustFolder {
  return new TrustFolder(resolve(cwd, options.dir));
}

export function signing(invocation: Invocation<FolderOptions>): Signing {
  return { folder: openFolder(invocation), place: invocation, validity: validity(Date.now(), invocation.options.days) };
}

/** A threshold as it was given; undefined where it wasn't. Throws E_CLI_OPTION. */
export function thresholdOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1 || count > 16)
    throw new StepppsError("E_CLI_OPTION", `--threshold ${given.slice(0, 20)}`);
  return count;
}
