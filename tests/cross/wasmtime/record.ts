import { readFile } from "node:fs/promises";
import { createCompiler, formatDiagnostic } from "../../../assembly/compiler/index.ts";
import { encodeInputs, type Input, utf8 } from "../../../runtime/contract/index.ts";
import {
  DEFAULT_WASMTIME,
  type RecordingItem,
  restoreBatch,
  wasmtimeEngine,
  writeRecording,
} from "../../../runtime/script/index.ts";
import { formatPublicKey, generateKeys, signPackage } from "../../../runtime/trust/index.ts";

const BATCHES = 200;
const INPUTS = 10;
/** CBOR of a map with nothing in it. */
const NO_SETTINGS = Uint8Array.of(0xa0);
const NOTHING = new Uint8Array(0);

/** Has a plugin full of arithmetic handle some inputs on this machine, and writes what it did to `file`. Returns its signer's public key. */
export async function recordHere(file: string): Promise<string> {
  const source = await readFile(new URL("numbers.as", import.meta.url), "utf8");
  const built = await (await createCompiler()).compile({
    entry: "plugin.ts",
    read: (path) => (path === "plugin.ts" ? source : undefined),
  });
  if (!built.ok) throw new Error(built.diagnostics.map(formatDiagnostic).join("\n"));
  const { manifest, wasm } = built;
  const engine = wasmtimeEngine({ ...DEFAULT_WASMTIME, instances: 1, threads: 1, inline: "always" });
  const guest = await engine.compile(wasm);
  const sandbox = guest.instantiate(manifest.limits);
  const keys = generateKeys();
  const envelope = signPackage({ type: "plugin", manifest, wasm }, keys);
  const items = async function* (): AsyncGenerator<RecordingItem> {
    const { version } = manifest;
    yield { kind: "segment", seq: 0, version, envelope, settings: NO_SETTINGS, state: NOTHING };
    await sandbox.run(restoreBatch(NOTHING, NO_SETTINGS));
    for (let seq = 0; seq < BATCHES * INPUTS; seq += INPUTS) {
      const inputs = encodeInputs(Array.from({ length: INPUTS }, (_, index) => input(seq + index)));
      const { effects, stop } = await sandbox.run(inputs);
      if (stop) throw new Error(stop.message);
      yield { kind: "batch", seq, inputs, effects };
    }
  };
  await writeRecording(file, { plugin: manifest.name, device: "here", taken: 0 }, items());
  sandbox.close();
  guest.close();
  engine.close();
  return formatPublicKey(keys.public);
}

/** A message with a number of some size and sign; now and then the schedule's or the timer's turn. Handlers by the source's order. */
function input(seq: number): Input {
  const time = 1_767_225_600_000 + seq * 137;
  const given = { time, seed: BigInt(seq) * 0x9e3779b97f4a7c15n, payload: NOTHING, meta: NOTHING } as const;
  if (seq % 50 === 49) return { ...given, kind: "schedule", handler: 2, name: "" };
  if (seq % 20 === 19) return { ...given, kind: "timer", handler: 1, name: "late" };
  const value = ((seq * 7919) % 2003) / 3 - 300;
  return { ...given, kind: "message", handler: 0, name: `in/${seq % 13}`, payload: utf8(JSON.stringify({ value })) };
}
