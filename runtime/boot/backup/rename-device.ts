import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMap, parseDocument } from "yaml";

/** Gives the device in the folder another name, in its document and in the last good one; comments stay. */
export async function renameDevice(folder: string, name: string): Promise<void> {
  await rewrite(join(folder, "steppps.yaml"), (text) => {
    const yaml = parseDocument(text);
    // One that can't be read is not in force: the last good one is.
    if (yaml.errors.length > 0 || (yaml.contents !== null && !isMap(yaml.contents))) return text;
    yaml.set("name", name);
    return yaml.toString();
  });
  await rewrite(join(folder, "steppps.last-good.json"), (text) => {
    const good = JSON.parse(text) as { document?: object };
    return JSON.stringify({ ...good, document: { ...good.document, name } });
  });
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text !== undefined) await writeFile(path, change(text), { mode: 0o600, flush: true });
}
