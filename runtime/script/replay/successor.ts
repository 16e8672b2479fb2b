import { decode } from "cbor-x";
import { decodeInputs, encodeInputs, type Manifest } from "../../contract/index.ts";
import { takeoverBatch } from "../plugin/migrate.ts";
import type { Settings } from "../plugin/pattern.ts";
import { encodeSettings, resolveSettings } from "../plugin/settings.ts";
import { readSnapshot, restoreBatch } from "../workflow/image.ts";
import { renumber } from "../workflow/renumber.ts";
import type { Code, Successor } from "./replay.ts";

/** A version in place of the recorded ones: it has their state, their settings where it knows them, and its own handlers. */
export function successor(code: Code): Successor {
  const { manifest } = code;
  return {
    ...code,
    begin({ state, settings, version: from }, recorded) {
      const own = encodeSettings(manifest, carryOver(recorded, settings, manifest));
      if (from === manifest.version || state.length === 0) return restoreBatch(state, own);
      const entries = readSnapshot(state);
      return takeoverBatch({ manifest, settings: own }, { from, time: 0, entries });
    },
    translate(batch, recorded) {
      const numberOf = (number: number) => renumber(recorded.handlers, manifest.handlers, number).handler;
      if (recorded.handlers.every((_, number) => numberOf(number) === number)) return { inputs: batch };
      const inputs = decodeInputs(batch).map((input) => ({ ...input, handler: numberOf(input.handler) }));
      const given = inputs.flatMap(({ handler }, place) => (handler < 0 ? [] : [place]));
      return { inputs: encodeInputs(inputs.filter(({ handler }) => handler >= 0)), given };
    },
  };
}

/** The recorded values of settings that both versions have with the same type; defaults for the others. */
function carryOver(from: Manifest, recorded: Uint8Array, to: Manifest): Settings {
  const values = decode(recorded) as Readonly<Record<string, unknown>>;
  const typeIn = (manifest: Manifest, name: string) => manifest.config.find((field) => field.name === name)?.type;
  const given: Record<string, string | number | boolean> = {};
  for (const { name, type } of to.config) {
    const value = values[name];
    if (typeIn(from, name) !== type) continue;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") given[name] = value;
    else if (typeof value === "bigint") given[name] = Number(value);
  }
  return resolveSettings(to, given);
}
