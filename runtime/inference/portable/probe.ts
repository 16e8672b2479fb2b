import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../platform/index.ts";
import type { Probed } from "../probe.ts";
import { findPortableLibrary } from "./library.ts";
import { PortableProvider } from "./provider.ts";

export interface PortablePlaces {
  /** Folders that may have ONNX Runtime's files, the first of them first. */
  readonly folders: readonly string[];
}

/** Looks for the files. The thread begins with the first model. */
export async function probePortable(
  { folders }: PortablePlaces,
  { clock }: { readonly clock: Pick<Clock, "after" | "monotonic"> },
): Promise<Probed> {
  const library = await findPortableLibrary(folders);
  if (!library) return { name: "wasm", detail: `ONNX Runtime for WebAssembly is not in ${folders.join(", ") || "any folder"}` };
  const provider = new PortableProvider({ library, clock });
  return { name: "wasm", provider, detail: `ONNX Runtime for WebAssembly in ${dirname(fileURLToPath(library.module))}` };
}
