import { DEFAULT_WASMTIME, type SandboxEngine, v8Engine, wasmtimeEngine } from "../script/index.ts";

/** Wasmtime with few instances where its addon is built, V8 elsewhere. */
export async function createEngine(): Promise<SandboxEngine> {
  try {
    return wasmtimeEngine({ ...DEFAULT_WASMTIME, instances: 16, threads: 1, inline: false });
  } catch {
    return v8Engine();
  }
}
