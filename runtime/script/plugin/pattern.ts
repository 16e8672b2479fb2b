import { StepppsError } from "../../contract/index.ts";

/** Settings by name, as the device document and the manifest's defaults give them. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** A manifest's topic pattern with each {field} replaced by that setting. A setting may span levels but bring no wildcard. */
export function fillPattern(pattern: string, settings: Settings): string {
  return pattern.replace(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, field: string) => {
    const value = settings[field];
    if (typeof value !== "string" || value === "" || /[+#\0]/.test(value)) {
      throw new StepppsError(
        "E_PLUGIN_CONFIG",
        `${field} stands in the topic ${pattern}, so it must be a text without '+', '#' or NUL`,
      );
    }
    return value;
  });
}
