import { utf8 } from "../../contract/index.ts";

/** In a slot's folder, as sha256sum(1) writes and checks it: digits, two spaces, name. */
export const SUMS = "sums";

export function formatSums(hashes: ReadonlyMap<string, string>): Uint8Array {
  return utf8([...hashes].map(([name, sha256]) => `${sha256}  ${name}\n`).join(""));
}

/** SHA-256 in hexadecimal, by name. Undefined where a line is none. */
export function parseSums(content: string): Map<string, string> | undefined {
  const lines = content.split("\n").slice(0, -1);
  const rows = lines.map((line) => /^([0-9a-f]{64}) {2}([a-z.]{1,32})$/.exec(line));
  if (rows.length === 0 || rows.includes(null)) return undefined;
  return new Map(rows.map((row) => [row?.[2] as string, row?.[1] as string]));
}
