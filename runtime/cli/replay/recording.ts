import { StepppsError } from "../../contract/errors/index.ts";
import type { DeviceClient } from "../device/client.ts";

/** What a device wrote down of a plugin: its version, the state to begin with, and the batches since. */
export interface Recording {
  readonly plugin: string;
  readonly version: string;
  readonly envelope: Uint8Array;
  /** CBOR, as a `configure` input carries it. */
  readonly settings: Uint8Array;
  /** Restore inputs; empty when the recording begins with the plugin's first input. */
  readonly state: Uint8Array;
  readonly batches: readonly Batch[];
}

export interface Batch {
  /** Number of the batch's first input. */
  readonly seq: number;
  readonly inputs: Uint8Array;
  readonly effects: Uint8Array;
}

/** A page of the answer to the verb `inputs`; bytes are base64. */
interface Page {
  readonly version: string;
  readonly envelope?: string;
  readonly settings?: string;
  readonly checkpoint?: { readonly state: string };
  readonly batches: readonly { seq: number; version: string; inputs: string; effects: string }[];
}

/** Fetches the recording page by page: an answer over MQTT is bounded. */
export async function fetchRecording(device: DeviceClient, plugin: string): Promise<Recording> {
  const first = (await device.ask("inputs", { plugin })) as Page;
  if (first.envelope === undefined || first.settings === undefined) throw new StepppsError("E_PLUGIN_UNKNOWN", plugin);
  const rows = [...first.batches];
  for (let page = first; page.batches.length > 0; ) {
    page = (await device.ask("inputs", { plugin, after: rows.at(-1)?.seq })) as Page;
    rows.push(...page.batches);
  }
  // Batches of the version before have another code: this one's begin at its checkpoint, or at the first input.
  const batches = rows.filter(({ version }) => version === first.version);
  return {
    plugin,
    version: first.version,
    envelope: bytes(first.envelope),
    settings: bytes(first.settings),
    state: bytes(first.checkpoint?.state ?? ""),
    batches: batches.map(({ seq, inputs, effects }) => ({ seq, inputs: bytes(inputs), effects: bytes(effects) })),
  };
}

function bytes(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}
