import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { NativeProvider } from "../../../runtime/inference/native/provider.ts";
import { buildMemoryAddon } from "../../../runtime/memory/build/addon.ts";
import { loadMemory } from "../../../runtime/memory/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { BUDGET, floats, sourceOf } from "./support.ts";

const WORKER = fileURLToPath(new URL("hostile-worker.ts", import.meta.url));
const memory = loadMemory(await buildMemoryAddon());

/** What a worker may do wrong, and the code of the answer. */
const WAYS = {
  "another number": "E_INFER_WORKER",
  "no number": "E_INFER_WORKER",
  "no status": "E_INFER_WORKER",
  "no tensors": "E_INFER_WORKER",
  "more than there is": "E_INFER_WORKER",
  "too small for what fits": "E_INFER_WORKER",
  "larger than anything": "E_INFER_MEMORY",
  "no text": "E_INFER_RUN",
} as const;

test.each(Object.entries(WAYS))("a worker that answers with %s gets nowhere: %s", async (way, code) => {
  const provider = await NativeProvider.open({ command: [process.execPath, WORKER, way], memory, clock: systemClock() });
  try {
    const session = await provider.load(sourceOf("evil", Buffer.from("model")), BUDGET);
    const error = await session.run([[floats([], () => 1)]], 10_000).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StepppsError);
    expect((error as StepppsError).code).toBe(code);
  } finally {
    await provider.close();
  }
});
