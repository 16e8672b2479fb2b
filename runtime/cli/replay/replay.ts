import { decodeInputs, equalBytes, type Manifest, StepppsError } from "../../contract/index.ts";
import { restoreBatch, type SandboxEngine } from "../../script/index.ts";
import type { Recording } from "./recording.ts";

export interface Replayed {
  readonly plugin: string;
  readonly version: string;
  readonly batches: number;
  readonly inputs: number;
  /** Numbers of the batches that came out otherwise, or did not come through. */
  readonly differing: readonly number[];
}

/** Handles the recorded inputs again, and compares byte for byte what each batch gave. */
export async function replay(
  recording: Recording,
  code: { manifest: Manifest; wasm: Uint8Array },
  engine: SandboxEngine,
): Promise<Replayed> {
  const { plugin, version, state, settings, batches } = recording;
  const guest = await engine.compile(code.wasm);
  const sandbox = guest.instantiate(code.manifest.limits);
  const differing: number[] = [];
  let inputs = 0;
  try {
    const { stop } = await sandbox.run(restoreBatch(state, settings));
    if (stop) throw new StepppsError(stop.code, `while it was given its state and settings: ${stop.message}`);
    for (const batch of batches) {
      const result = await sandbox.run(batch.inputs);
      inputs += decodeInputs(batch.inputs).length;
      if (result.stop || !equalBytes(result.effects, batch.effects)) differing.push(batch.seq);
      // A spent instance has lost its state: what follows could only differ.
      if (result.stop) break;
    }
  } finally {
    sandbox.close();
    guest.close();
  }
  return { plugin, version, batches: batches.length, inputs, differing };
}
