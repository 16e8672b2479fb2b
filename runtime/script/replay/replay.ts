import { equalBytes, type Manifest, StepppsError } from "../../contract/index.ts";
import { countInputs } from "../sandbox/lane.ts";
import type { Sandbox, SandboxEngine } from "../sandbox/sandbox.ts";
import { restoreBatch } from "../workflow/image.ts";
import { batchDifferences, type InputDifference } from "./difference.ts";
import type { RecordingItem, Segment } from "./recording.ts";

/** A version's code, as whoever replays trusts it. */
export interface Code {
  readonly manifest: Manifest;
  readonly wasm: Uint8Array;
}

export interface ReplayOptions {
  readonly engine: SandboxEngine;
  /** Opens a recorded version's envelope; throws where nobody we trust has signed it. */
  open(envelope: Uint8Array): Code;
  /** Handles the inputs in place of the recorded versions. */
  readonly other?: Successor;
  /** Differences that are told in full; all are counted. */
  readonly limit: number;
}

/** Another version, and what it makes of what the recorded ones had. */
export interface Successor extends Code {
  /** The inputs that bring a fresh instance to the state and settings of `segment`, as recorded by `recorded`. */
  begin(segment: Segment, recorded: Manifest): Promise<Uint8Array> | Uint8Array;
  /** The inputs with the handlers' numbers that this version has, and the places of those that it takes. */
  translate(inputs: Uint8Array, recorded: Manifest): { readonly inputs: Uint8Array; readonly given?: readonly number[] };
}

export interface Replayed {
  readonly versions: readonly string[];
  readonly batches: number;
  readonly inputs: number;
  /** Inputs that came out otherwise. */
  readonly differing: number;
  /** The first of them. */
  readonly differences: readonly InputDifference[];
  /** Why it could not go on to the end. */
  readonly stopped?: string;
}

/** Handles recorded inputs again, and compares byte for byte what each batch gave with what is recorded. */
export async function replay(items: AsyncIterable<RecordingItem>, options: ReplayOptions): Promise<Replayed> {
  const { engine, open, other, limit } = options;
  const versions: string[] = [];
  const differences: InputDifference[] = [];
  let batches = 0;
  let inputs = 0;
  let differing = 0;
  let stopped: string | undefined;
  let run: Run | undefined;
  try {
    for await (const item of items) {
      if (item.kind === "segment") {
        if (versions.at(-1) !== item.version) versions.push(item.version);
        const recorded = open(item.envelope);
        run?.close();
        run = undefined;
        run = await begin(engine, item, recorded, other);
        continue;
      }
      if (!run) throw new StepppsError("E_RECORDING", "it does not begin with a segment");
      const taken = other ? other.translate(item.inputs, run.recorded) : item;
      const { effects, stop } = await run.sandbox.run(taken.inputs);
      batches++;
      inputs += countInputs(item.inputs, Number.MAX_SAFE_INTEGER);
      if (!stop && equalBytes(effects, item.effects)) continue;
      const why = stop && `${stop.code}: ${stop.message}`;
      const found = batchDifferences(item.seq, item.inputs, item, {
        effects,
        ...(why && { stop: why }),
        ...("given" in taken && { given: taken.given }),
      });
      differing += found.length;
      differences.push(...found.slice(0, Math.max(0, limit - differences.length)));
      if (!why) continue;
      // A spent instance has lost its state: what follows could only differ.
      stopped = why;
      break;
    }
  } finally {
    run?.close();
  }
  return { versions, batches, inputs, differing, differences, ...(stopped !== undefined && { stopped }) };
}

interface Run {
  readonly recorded: Manifest;
  readonly sandbox: Sandbox;
  close(): void;
}

async function begin(engine: SandboxEngine, segment: Segment, recorded: Code, other: Successor | undefined): Promise<Run> {
  const { manifest, wasm } = other ?? recorded;
  const guest = await engine.compile(wasm);
  const sandbox = guest.instantiate(manifest.limits);
  const close = () => {
    sandbox.close();
    guest.close();
  };
  try {
    const start = other ? await other.begin(segment, recorded.manifest) : restoreBatch(segment.state, segment.settings);
    const { stop } = await sandbox.run(start);
    if (stop) throw new StepppsError(stop.code, `while it was given its state and settings: ${stop.message}`);
  } catch (error) {
    close();
    throw error;
  }
  return { recorded: recorded.manifest, sandbox, close };
}
