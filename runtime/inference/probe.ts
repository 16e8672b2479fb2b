import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asStepppsError, type Provider, type ProviderName } from "../contract/index.ts";
import { defaultMemoryAddon, loadMemory } from "../memory/index.ts";
import type { Clock } from "../platform/index.ts";
import { hostTarget } from "../wasmtime/src/host.ts";
import { NativeProvider } from "./native/provider.ts";
import { workerCommand } from "./native/worker-command.ts";

/** What came of trying one way to run models. */
export interface Probed {
  readonly name: ProviderName;
  /** Absent where it doesn't work here. */
  readonly provider?: Provider;
  /** How it runs, or why it can't: one line. */
  readonly detail: string;
}

export interface NativePlaces {
  /** The worker's command, up to the address space. */
  readonly command: readonly string[];
  /** Files that have to be there. */
  readonly needs: readonly string[];
  readonly memoryAddon: string;
}

/** Where a checkout builds them. */
export function checkoutPlaces(): NativePlaces {
  const folder = fileURLToPath(new URL(`prebuilt/${hostTarget().replace("musl", "gnu")}/`, import.meta.url));
  const [program, library] = [`${folder}steppps-infer`, `${folder}libonnxruntime.so`];
  return { command: [program, library], needs: [program, library], memoryAddon: defaultMemoryAddon() };
}

export interface ProbeOptions {
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** Bytes that the worker may map; 2 GiB when absent. */
  readonly addressSpace?: number;
  /** Threads of one run. */
  readonly threads?: number;
  /** The worker ended by itself. */
  ended?(reason: string): void;
}

/** Tries the native worker: it is there when it has started and said so. */
export async function probeNative(places: NativePlaces, options: ProbeOptions): Promise<Probed> {
  const name = "native-cpu";
  const missing = [...places.needs, places.memoryAddon].find((path) => !existsSync(path));
  if (missing !== undefined) return { name, detail: `${missing} is not there` };
  try {
    const memory = loadMemory(places.memoryAddon);
    const command = workerCommand(places.command, options.addressSpace);
    const provider = await NativeProvider.open({ ...options, command, memory });
    const { hello } = provider;
    const walls = [
      hello?.landlock ? `Landlock ${hello.landlock}` : "no Landlock",
      hello?.seccomp ? "seccomp" : "no seccomp",
      hello?.user === 0 ? "as root" : `as user ${hello?.user}`,
    ];
    return { name, provider, detail: `ONNX Runtime ${hello?.version}, ${walls.join(", ")}` };
  } catch (thrown) {
    return { name, detail: asStepppsError(thrown, "E_INFER_WORKER").message };
  }
}
