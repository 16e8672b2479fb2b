import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../../runtime/wasmtime/build/run.ts";
import {
  Config,
  Engine,
  Linker,
  Module,
  Reactor,
  type ReactorOptions,
  Store,
  wat2wasm,
} from "../../../runtime/wasmtime/src/index.ts";
import { EXTISM, MESSAGE, plugin } from "./guests.ts";
import type { RawProcess } from "./raw.ts";
import { type Contestant, repeated } from "./windows.ts";

const MESSAGE_BYTES = 256;
const BATCH = 64;
const MiB = 1024 * 1024;

const REACTOR: ReactorOptions = {
  entry: "handle",
  scalars: [],
  slots: 1,
  imports: { module: "host", read: "read", calls: [{ name: "publish", args: ["bytes"] }] },
  limits: { memoryBytes: MiB, tableElements: 100, effectBytes: MiB, deadlineTicks: 1000 },
};

/** Wasmtime's C API, from a C program. */
export function rawContestants(raw: RawProcess): Contestant[] {
  return [
    { name: "raw: empty call", calls: 200_000, run: (calls) => raw.measure("empty", calls) },
    { name: "raw: 256 B message", calls: 100_000, run: (calls) => raw.measure("message", calls) },
  ];
}

/** The same through this package. */
export function ourContestants(): Contestant[] {
  const engine = new Engine();
  const module = Module.compile(engine, wat2wasm(MESSAGE));
  const linker = new Linker(engine)
    .func("host", "read", { params: ["i32", "i32", "i32", "i32"], results: ["i32"] }, () => 0)
    .func("host", "publish", { params: ["i32", "i32"], results: [] }, () => {});
  const empty = linker.instantiate(new Store(engine), module).getFunc("empty");
  const handle = linker.instantiate(new Store(engine), module).getFunc("handle");
  const reactor = new Reactor(engine, module, REACTOR);
  const frame = messageFrame();
  const batch = new Uint8Array(Buffer.concat(Array<Uint8Array>(BATCH).fill(frame)));
  reactor.input.set(frame);
  const batched = repeated("", 0, () => reactor.run(batch));
  return [
    repeated("ours: empty call", 200_000, empty),
    repeated("ours: 256 B message", 100_000, () => reactor.exchange(frame.length)),
    repeated("ours: 256 B message, with a result object", 100_000, () => reactor.send(frame)),
    {
      name: "ours: 256 B message in a batch of 64",
      calls: 128_000,
      run: async (calls) => (await batched.run(calls / BATCH)) / BATCH,
    },
    repeated("ours: call with two JavaScript imports", 50_000, () => handle(MESSAGE_BYTES)),
  ];
}

function messageFrame(): Uint8Array {
  const frame = Buffer.alloc(8 + MESSAGE_BYTES, 65);
  frame.writeUInt32LE(4 + MESSAGE_BYTES, 0);
  frame.writeUInt32LE(MESSAGE_BYTES, 4);
  return new Uint8Array(frame);
}

/** Compiling and loading a plugin of about 5 KB. */
export function loadContestants(folder: string, write: (file: string, bytes: Uint8Array) => void): Contestant[] {
  const engine = new Engine();
  const wasm = wat2wasm(plugin());
  const file = join(folder, "plugin.cwasm");
  write(file, Module.compile(engine, wasm).serialize());
  return [
    repeated("ours: compile", 1, () => Module.compile(engine, wasm).close()),
    repeated("ours: load what was compiled", 100, () => Module.deserializeFile(engine, file).close()),
  ];
}

/** Making an instance in a store of its own, and giving both back. */
export function instanceContestants(): Contestant[] {
  const instance = (name: string, config: Config): Contestant => {
    const engine = new Engine(config);
    const pre = new Linker(engine).instantiatePre(Module.compile(engine, wat2wasm(plugin())));
    return repeated(name, 500, () => {
      const store = new Store(engine);
      pre.instantiate(store);
      store.close();
    });
  };
  return [
    instance("ours: instance on demand", new Config()),
    instance("ours: instance from a pool", new Config({ pooling: { instances: 100, memoryBytes: 4 * MiB, tableElements: 100 } })),
  ];
}

interface ExtismPlugin {
  call(name: string, input?: Uint8Array): Promise<{ bytes(): Uint8Array } | null>;
  reset(): Promise<boolean>;
}

/** Extism's JavaScript SDK on this thread, as its README uses it. Installs it the first time. */
export async function extismContestants(): Promise<Contestant[]> {
  const peers = fileURLToPath(new URL("peers", import.meta.url));
  if (!existsSync(join(peers, "node_modules"))) await run("npm", ["ci", "--no-audit", "--no-fund", "--prefix", peers]);
  const { createPlugin } = createRequire(join(peers, "package.json"))("@extism/extism") as {
    createPlugin(manifest: { wasm: { data: Uint8Array }[] }, options: object): Promise<ExtismPlugin>;
  };
  const extism = await createPlugin({ wasm: [{ data: wat2wasm(EXTISM) }] }, { useWasi: false, runInWorker: false });
  const input = new Uint8Array(MESSAGE_BYTES).fill(65);
  const echoed = (await extism.call("handle", input))?.bytes();
  if (Buffer.compare(Buffer.from(echoed ?? []), input) !== 0) throw new Error("Extism's guest does not echo");
  const timed = (name: string, calls: number, once: () => Promise<unknown>): Contestant => ({
    name,
    calls,
    async run(count) {
      await extism.reset(); // its blocks are never freed otherwise, and there are at most 32,767
      const started = process.hrtime.bigint();
      for (let i = 0; i < count; i++) await once();
      return Number(process.hrtime.bigint() - started) / count;
    },
  });
  return [
    timed("Extism JS: empty call", 5000, () => extism.call("empty")),
    timed("Extism JS: 256 B message", 2000, () => extism.call("handle", input)),
  ];
}
