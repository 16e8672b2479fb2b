import { createArtefactCache, DEFAULT_WASMTIME, type SandboxEngine, v8Engine } from "../script/index.ts";

export const ENGINES = ["wasmtime", "v8"] as const;
export type EngineName = (typeof ENGINES)[number];

/** Named in an artefact's key: machine code of another version or other settings is never loaded. */
const ENGINE_KEY = "wasmtime 50.0.1";

/** `v8` holds no deadlines: it is for development where the native addon can't be built. `addon`: where that lies, as in `Parts`. */
export async function createEngine(
  name: EngineName,
  artefacts: string,
  secret: Uint8Array | Promise<Uint8Array>,
  addon?: string,
): Promise<SandboxEngine> {
  if (name === "v8") return v8Engine();
  const { wasmtimeEngine } = await import("../script/sandbox/wasmtime.ts");
  const cache = createArtefactCache(artefacts, secret, ENGINE_KEY);
  return wasmtimeEngine({ ...DEFAULT_WASMTIME, cache, ...(addon !== undefined && { addon }) });
}
