import { createHash } from "node:crypto";
import { asStepppsError, StepppsError, text, utf8 } from "../../contract/index.ts";
import type { BootVolume, Files } from "../../platform/index.ts";
import { FIRST_DOCUMENT } from "../first-document.ts";
import type { Customisation } from "./cloud-config.ts";

export interface CustomiseOptions {
  readonly volume: Pick<BootVolume, "read" | "change">;
  readonly files: Pick<Files, "read" | "write">;
  /** Where it is kept which customisation was used. */
  readonly mark: string;
}

const DOCUMENT = "steppps.yaml";

/**
 * Writes what Raspberry Pi Imager was asked for into `steppps.yaml`, once. What stands in there already counts more, unless nobody has
 * touched it yet. Returns what people should know of it. Nothing that is wrong with these files keeps a device from starting.
 */
export async function customise({ volume, files, mark }: CustomiseOptions): Promise<readonly StepppsError[]> {
  const read = async (name: string) => {
    const bytes = await volume.read(name).catch((error: unknown) => {
      if (error instanceof StepppsError && error.code === "E_FILE_TOO_LARGE") throw error;
      return undefined; // of a partition that can't be read the document itself speaks
    });
    return bytes && text(bytes);
  };
  try {
    const [userData, networkConfig] = await Promise.all([read("user-data"), read("network-config")]);
    if (userData === undefined && networkConfig === undefined) return [];
    const hash = createHash("sha256")
      .update(JSON.stringify([userData, networkConfig]))
      .digest("hex");
    const used = await files.read(mark, 100).catch(() => undefined);
    if (used && text(used) === hash) return [];
    const { readCustomisation } = await import("./cloud-config.ts");
    const { content, notes } = await merge((await read(DOCUMENT)) ?? FIRST_DOCUMENT, readCustomisation(userData, networkConfig));
    await volume.change([{ do: "write", path: DOCUMENT, content: utf8(content) }]);
    await files.write(mark, utf8(hash));
    return notes.map((note) => new StepppsError("E_DEVICE_CUSTOMISATION_LEFT", note));
  } catch (error) {
    return [asStepppsError(error, "E_DEVICE_CUSTOMISATION")];
  }
}

/** The document with those parts that leave it a valid one; a part that doesn't is a note. */
export async function merge(document: string, { notes, ...parts }: Customisation) {
  const { parseDocument } = await import("yaml");
  const { readDocument } = await import("../read-document.ts");
  const untouched = document === FIRST_DOCUMENT;
  const refused: string[] = [];
  let content = document;
  for (const [key, value] of Object.entries(parts)) {
    const yaml = parseDocument(content);
    if (yaml.errors.length > 0) break; // a document that can't be read is reported as such
    if (yaml.has(key) && !untouched) continue;
    yaml.set(key, yaml.createNode(value));
    try {
      const next = yaml.toString();
      readDocument(next);
      content = next;
    } catch (error) {
      refused.push(`${key}: ${asStepppsError(error, "E_DOCUMENT").detail}`);
    }
  }
  return { content, notes: [...notes, ...refused] };
}
