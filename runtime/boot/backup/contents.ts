import { readdir, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import type { DeviceDocument } from "../../contract/index.ts";

/** One file of the data directory that belongs in a backup. */
export interface Content {
  /** From the data directory, with "/". */
  readonly path: string;
  /** A secret, or what makes this device itself. */
  readonly identity: boolean;
}

/**
 * What a device is, beside its journal. A name that ends with "/" is a folder with all that is below it. Whatever is not named here
 * or by the device document is not in a backup: compiled plugins are made again, locks and copies mean nothing elsewhere.
 */
const PLACES: readonly Content[] = [
  { path: "steppps.yaml", identity: false },
  { path: "steppps.last-good.json", identity: false },
  { path: "examples.json", identity: false },
  { path: "owners/", identity: false },
  { path: "trust/", identity: false },
  { path: "device.secret", identity: true },
  { path: "identity/", identity: true },
  { path: "keys/", identity: true },
];

const MAX_DEPTH = 4;

/** The files that are there, in a fixed order. */
export async function contentsOf(data: string, document: DeviceDocument): Promise<Content[]> {
  const found = await Promise.all([...PLACES, ...namedFiles(document)].map((place) => expand(data, place, MAX_DEPTH)));
  // A file that is named twice is as secret as its most secret mention.
  const contents = new Map<string, Content>();
  for (const content of found.flat()) if (!contents.get(content.path)?.identity) contents.set(content.path, content);
  return [...contents.values()];
}

/** Files of the data directory that the document speaks of. */
function namedFiles({ mqtt, uplink, plugins = {} }: DeviceDocument): Content[] {
  const plain = [mqtt?.ca, mqtt?.certificate, mqtt?.tls?.clientCa, uplink?.ca, uplink?.certificate];
  const packages = Object.values(plugins).map((plugin) => plugin.package);
  const secret = [mqtt?.key, mqtt?.passwordFile, uplink?.key, uplink?.passwordFile];
  return [
    ...[...plain, ...packages].flatMap((path) => (path === undefined ? [] : [{ path: posix.normalize(path), identity: false }])),
    ...secret.flatMap((path) => (path === undefined ? [] : [{ path: posix.normalize(path), identity: true }])),
  ];
}

async function expand(data: string, { path, identity }: Content, depth: number): Promise<Content[]> {
  const there = await stat(join(data, path)).catch(() => undefined);
  if (there?.isFile() && !path.endsWith("/")) return [{ path, identity }];
  if (!there?.isDirectory() || !path.endsWith("/") || depth === 0) return [];
  const entries = await readdir(join(data, path), { withFileTypes: true });
  const below = entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(entry.name))
    .map((entry) => ({ path: `${path}${entry.name}${entry.isDirectory() ? "/" : ""}`, identity }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return (await Promise.all(below.map((entry) => expand(data, entry, depth - 1)))).flat();
}
