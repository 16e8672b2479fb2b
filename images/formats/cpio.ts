/** A file of an archive; folders come before what they hold. */
export type CpioEntry =
  | { readonly path: string; readonly kind: "folder"; readonly mode: number }
  | { readonly path: string; readonly kind: "file"; readonly mode: number; readonly content: Uint8Array }
  | {
      readonly path: string;
      readonly kind: "character-device";
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

const KINDS = { folder: 0o040000, file: 0o100000, "character-device": 0o020000 } as const;
const HEADER = 110;

/**
 * An archive of the "newc" kind, as the kernel unpacks it (linux/Documentation/driver-api/early-userspace/buffer-format.rst). Per
 * entry, `070701` and thirteen numbers in eight hexadecimal digits each, the name with its NUL, the content; the latter two are
 * padded to four bytes. Everything belongs to root and is from the epoch.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts = [...entries, { path: "TRAILER!!!", kind: "file", mode: 0, content: Buffer.alloc(0) } as const].flatMap(entry);
  return Buffer.concat(parts);
}

function entry(of: CpioEntry, index: number): Uint8Array[] {
  const name = Buffer.from(`${of.path}\0`);
  const content = of.kind === "file" ? of.content : Buffer.alloc(0);
  const [major, minor] = of.kind === "character-device" ? [of.major, of.minor] : [0, 0];
  const mode = of.path === "TRAILER!!!" ? 0 : KINDS[of.kind] | of.mode;
  const numbers = [index + 1, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  return [Buffer.from(head), name, padding(HEADER + name.length), content, padding(content.length)];
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}

/** The content of one file in such an archive. */
export function readCpio(archive: Buffer, wanted: string): Buffer | undefined {
  const number = (at: number, field: number) =>
    Number.parseInt(archive.toString("latin1", at + 6 + 8 * field, at + 14 + 8 * field), 16);
  const padded = (size: number) => (size + 3) & ~3;
  for (let at = 0; archive.toString("latin1", at, at + 6) === "070701"; ) {
    const [size, nameSize] = [number(at, 6), number(at, 11)];
    const name = archive.toString("utf8", at + HEADER, at + HEADER + nameSize - 1);
    const content = padded(at + HEADER + nameSize);
    if (name === wanted) return archive.subarray(content, content + size);
    at = padded(content + size);
  }
  return undefined;
}
