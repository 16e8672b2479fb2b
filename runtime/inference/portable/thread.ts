import { readFile } from "node:fs/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web/wasm";
import { DTYPES, type Dtype, type Port } from "../../contract/index.ts";
import { capMemory } from "./capped-memory.ts";
import type { Reply, Request, Sent, ThreadOptions } from "./protocol.ts";

type Library = typeof import("onnxruntime-web/wasm");
type Value = InferenceSession.ValueMetadata;

/** As ONNX Runtime wants the elements of each type. */
const ARRAYS = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const satisfies Record<Dtype, unknown>;

/** What the library says when there is no memory left, by itself or in the standard library's words. */
const NO_MEMORY = /bad_alloc|out of memory|OOM|failed to allocate|memory access out of bounds/i;

/** Runs models in WebAssembly, one request at a time. */
async function serve(port: MessagePort, { module, wasm, memoryBytes }: ThreadOptions): Promise<void> {
  const grown = capMemory(memoryBytes);
  const library = (await import(module)) as Library;
  const { env } = library;
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.wasm.wasmBinary = (await readFile(wasm)) as unknown as ArrayBuffer;
  env.logLevel = "error";
  const sessions = new Map<number, InferenceSession>();

  const answer = async (request: Request): Promise<{ reply: Reply; transfer: ArrayBuffer[] }> => {
    switch (request.kind) {
      case "load": {
        const before = grown();
        const session = await library.InferenceSession.create(request.onnx, {
          executionProviders: ["wasm"],
          graphOptimizationLevel: "all",
          logSeverityLevel: 3,
        });
        sessions.set(request.session, session);
        const [inputs, outputs] = [session.inputMetadata.map(portOf), session.outputMetadata.map(portOf)];
        return { reply: { kind: "loaded", inputs, outputs, grownBytes: grown() - before }, transfer: [] };
      }
      case "run": {
        const session = sessions.get(request.session) as InferenceSession;
        const feeds = Object.fromEntries(request.inputs.map((input, at) => [session.inputNames[at], tensorOf(library, input)]));
        const began = performance.now();
        const results = await session.run(feeds);
        const micros = Math.round((performance.now() - began) * 1000);
        const outputs = session.outputNames.map((name) => sentOf(results[name] as OrtTensor));
        return { reply: { kind: "ran", outputs, micros }, transfer: outputs.map(({ bytes }) => bytes.buffer) };
      }
      case "free":
        await sessions.get(request.session)?.release();
        sessions.delete(request.session);
        return { reply: { kind: "freed" }, transfer: [] };
    }
  };

  port.on("message", (request: Request) => {
    answer(request).then(
      ({ reply, transfer }) => port.postMessage(reply, transfer),
      (error: unknown) => port.postMessage(failed(error)),
    );
  });
}

function failed(error: unknown): Reply {
  const { name, message } = error as Error;
  const memory = NO_MEMORY.test(message);
  return {
    kind: "failed",
    text: message.slice(0, 1000),
    memory,
    broken: memory || name === "RuntimeError" || /Aborted/.test(message),
  };
}

function tensorOf({ Tensor }: Library, { dtype, dims, bytes }: Sent): OrtTensor {
  const elements = new ARRAYS[dtype](bytes.buffer, bytes.byteOffset, bytes.length / DTYPES[dtype].bytes);
  return new Tensor(dtype, elements as Float32Array, dims);
}

/** The library's arrays are copies out of its memory, which nobody else has. */
function sentOf(tensor: OrtTensor): Sent {
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array<ArrayBuffer>;
  return { dtype: dtypeOf(tensor.type), dims: tensor.dims, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

function portOf(value: Value): Port {
  if (!value.isTensor) throw new Error(`${value.name} is no tensor`);
  return {
    name: value.name,
    dtype: dtypeOf(value.type),
    dims: value.shape.map((dim) => (typeof dim === "number" && dim >= 0 ? dim : -1)),
    symbols: value.shape.map((dim) => (typeof dim === "string" ? dim : "")),
  };
}

function dtypeOf(type: string): Dtype {
  if (Object.hasOwn(DTYPES, type)) return type as Dtype;
  throw new Error(`tensors of ${type} do not cross`);
}

void serve(parentPort as MessagePort, workerData as ThreadOptions);
