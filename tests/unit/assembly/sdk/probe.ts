import { readFile } from "node:fs/promises";
import { createCompiler, formatDiagnostic } from "../../../../assembly/compiler/index.ts";
import { filterCovers } from "../../../../runtime/contract/index.ts";
import { Guest } from "../../../support/guest.ts";

/** Hands payloads to the fixture plugin and returns what it put on "out". */
export interface Probe {
  bytes(topic: string, payload: string | Uint8Array): Uint8Array;
  text(topic: string, payload: string | Uint8Array): string;
  /** A double that came back as its bits. */
  number(topic: string, payload: string | Uint8Array): number;
  /** What the ABI's entry returned. */
  result(topic: string, payload: string | Uint8Array): string;
}

export async function loadProbe(): Promise<Probe> {
  const source = await readFile(new URL("fixtures/probe.as", import.meta.url), "utf8");
  const compiler = await createCompiler();
  const compiled = await compiler.compile({ entry: "plugin.ts", read: (path) => (path === "plugin.ts" ? source : undefined) });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(formatDiagnostic).join("\n"));
  const guest = new Guest(new WebAssembly.Module(compiled.wasm as BufferSource));
  const filters = compiled.manifest.handlers.map((handler) => (handler.kind === "message" ? handler.filter : ""));
  const result = (topic: string, payload: string | Uint8Array): string => {
    guest.take();
    return guest.message(
      filters.findIndex((filter) => filterCovers(filter, topic)),
      topic,
      payload,
    );
  };
  const bytes = (topic: string, payload: string | Uint8Array): Uint8Array => {
    result(topic, payload);
    const [effect] = guest.take();
    if (effect?.call !== "publish") throw new Error(`nothing came of ${topic}`);
    return effect.args[1];
  };
  const text = (topic: string, payload: string | Uint8Array): string =>
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes(topic, payload));
  const number = (topic: string, payload: string | Uint8Array): number =>
    new Float64Array(BigUint64Array.of(BigInt(text(topic, payload))).buffer)[0] as number;
  return { bytes, text, number, result };
}
