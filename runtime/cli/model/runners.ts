import {
  asStepppsError,
  type ModelManifest,
  type Provider,
  type ProviderName,
  type Session,
  StepppsError,
} from "../../contract/index.ts";
import type { ProviderSource } from "../../inference/models.ts";
import { systemClock } from "../../platform/index.ts";

/** A model with one of the providers of this machine. */
export interface Runner {
  readonly name: ProviderName;
  readonly session: Session;
  /** ms. */
  readonly loadedIn: number;
}

/** What is to be run. */
export interface Runnable {
  readonly onnx: Uint8Array;
  readonly manifest: Pick<ModelManifest, "name" | "memoryBytes">;
}

/** What one provider of this machine came to. */
export type Ran<T> =
  | { readonly provider: ProviderName; readonly value: T }
  | { readonly provider: ProviderName; readonly error: StepppsError };

const LOAD_MS = 60_000;

/** Loads the model with each provider that there is, one after the other, and lets `use` work with it. */
export async function withEachProvider<T>(model: Runnable, use: (runner: Runner) => Promise<T>): Promise<Ran<T>[]> {
  const results: Ran<T>[] = [];
  for (const source of await sources()) results.push(await withProvider(source, model, use));
  return results;
}

/** The same with the first one that takes it. Throws what the last one said. */
export async function withFirstProvider<T>(model: Runnable, use: (runner: Runner) => Promise<T>): Promise<T> {
  let error = new StepppsError("E_INFER_PROVIDER", model.manifest.name);
  for (const source of await sources()) {
    const result = await withProvider(source, model, use);
    if ("value" in result) return result.value;
    error = result.error;
  }
  throw error;
}

/** Looked for here, as a device does. */
async function sources(): Promise<readonly ProviderSource[]> {
  const { providerSources } = await import("../../boot/inferences.ts");
  return providerSources({ clock: systemClock(), parts: undefined });
}

async function withProvider<T>(
  { name, open }: ProviderSource,
  model: Runnable,
  use: (runner: Runner) => Promise<T>,
): Promise<Ran<T>> {
  // What runs models doesn't keep a process that is done with everything else; this one waits for it.
  const waits = setInterval(() => {}, 60_000);
  try {
    return await openAndRun({ name, open }, model, use);
  } finally {
    clearInterval(waits);
  }
}

async function openAndRun<T>(
  { name, open }: ProviderSource,
  model: Runnable,
  use: (runner: Runner) => Promise<T>,
): Promise<Ran<T>> {
  const { provider, detail } = await open();
  if (!provider) return { provider: name, error: new StepppsError("E_INFER_PROVIDER", `${name}: ${detail}`) };
  try {
    return { provider: name, value: await load(provider, model, use) };
  } catch (error) {
    return { provider: name, error: asStepppsError(error, "E_INFER_RUN") };
  } finally {
    await provider.close();
  }
}

async function load<T>(provider: Provider, { manifest, onnx }: Runnable, use: (runner: Runner) => Promise<T>): Promise<T> {
  const { name, memoryBytes } = manifest;
  const began = performance.now();
  const session = await provider.load({ name, bytes: async () => onnx }, { memoryBytes, loadMs: LOAD_MS });
  try {
    return await use({ name: provider.name, session, loadedIn: performance.now() - began });
  } finally {
    session.free();
  }
}
