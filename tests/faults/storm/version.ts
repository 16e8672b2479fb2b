import type { Manifest } from "../../../runtime/contract/index.ts";
import { type KeyPair, signPackage } from "../../../runtime/trust/index.ts";
import type { Built } from "../kill-loop/plugins.ts";
import type { Kind } from "./kinds.ts";

/** One version of a plugin of the storm. */
export interface Made {
  readonly version: string;
  readonly envelope: Uint8Array;
  /** What an input has at which it does what its kind does. */
  readonly mark: string;
}

const PARAMETERS = "@STORM:00:......";

/** `number`: of this deploy among all of the storm. */
export function makeVersion(built: Built, plugin: string, version: string, number: number, kind: Kind, keys: KeyPair): Made {
  const mark = `m${String(number).padStart(5, "0")}`;
  const manifest = manifestOf(built.manifest, plugin, version);
  const envelope = signPackage(
    {
      type: "plugin",
      manifest: kind.manifest?.(manifest) ?? manifest,
      wasm: kind.wasm ?? parametrise(built.wasm, kind.does ?? 0, mark),
    },
    keys,
  );
  return { version, envelope, mark };
}

/** The same code for a plugin of another name, with topics of its own. */
function manifestOf({ migrates: _, ...manifest }: Manifest, name: string, version: string): Manifest {
  const own = (filter: string) => filter.replace(/^([a-z]+)\/\+/, `$1/${name}`);
  return {
    ...manifest,
    name,
    version,
    handlers: manifest.handlers.map((handler) =>
      handler.kind === "message" ? { ...handler, filter: own(handler.filter) } : handler,
    ),
    capabilities: {
      ...manifest.capabilities,
      publish: ["booked", "rung", "noise", "echo", "books"].map((root) => `${root}/${name}`),
    },
  };
}

/** Texts of AssemblyScript are UTF-16 in the module's data. */
function parametrise(wasm: Uint8Array, does: number, mark: string): Uint8Array {
  const bytes = Buffer.from(wasm);
  const at = bytes.indexOf(Buffer.from(PARAMETERS, "utf16le"));
  if (at < 0) throw new Error("the compiled module has no parameters");
  bytes.write(PARAMETERS.replace("00", String(does).padStart(2, "0")).replace("......", mark), at, "utf16le");
  return new Uint8Array(bytes);
}
