import { encode } from "cbor-x";
import { type ConfigField, type Manifest, parseDuration, StepppsError } from "../../contract/index.ts";
import type { Settings } from "./pattern.ts";

/** The settings a plugin runs with: the document's where given, else the code's defaults. Unknown and ill-typed ones are refused. */
export function resolveSettings(manifest: Manifest, given: Settings = {}): Settings {
  const known = new Set(manifest.config.map((field) => field.name));
  for (const name of Object.keys(given)) {
    if (!known.has(name)) throw refuse(manifest, name, `is not a setting; there are ${[...known].join(", ") || "none"}`);
  }
  const settings: Record<string, string | number | boolean> = {};
  for (const field of manifest.config) {
    const value = Object.hasOwn(given, field.name) ? given[field.name] : field.default;
    if (value === undefined) throw refuse(manifest, field.name, "has no value and no default");
    settings[field.name] = checkSetting(manifest, field, value);
  }
  return settings;
}

/** What a `configure` input carries: a CBOR map of every field, durations in ms. */
export function encodeSettings(manifest: Manifest, settings: Settings): Uint8Array {
  const entries = manifest.config.map(({ name, type }) => {
    const value = settings[name];
    return [name, type === "duration" && typeof value === "string" ? parseDuration(value) : value] as const;
  });
  return new Uint8Array(encode(new Map(entries)));
}

function checkSetting(manifest: Manifest, field: ConfigField, value: string | number | boolean): string | number | boolean {
  const { name, type, min, max } = field;
  if (type === "string") {
    if (typeof value !== "string" || value.length > 4096)
      throw refuse(manifest, name, "must be a text of at most 4096 characters");
    return value;
  }
  if (type === "bool") {
    if (typeof value !== "boolean") throw refuse(manifest, name, "must be true or false");
    return value;
  }
  const number = type === "duration" && typeof value === "string" ? parseDuration(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number))
    throw refuse(manifest, name, type === "duration" ? "must be a duration such as 5m" : "must be a number");
  if (type !== "f64" && !Number.isSafeInteger(number)) throw refuse(manifest, name, "must be a whole number");
  if (type === "i32" && number !== (number | 0)) throw refuse(manifest, name, "must fit 32 bits");
  if ((min !== undefined && number < min) || (max !== undefined && number > max)) {
    throw refuse(manifest, name, `must lie between ${min ?? "-∞"} and ${max ?? "∞"}`);
  }
  return number;
}

function refuse(manifest: Manifest, field: string, what: string): StepppsError {
  return new StepppsError("E_PLUGIN_CONFIG", `plugins.${manifest.name}.config.${field} ${what}`);
}
