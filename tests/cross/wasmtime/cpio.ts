/**
 * The content of one file in a cpio archive of the "newc" kind, as in an initramfs: per file a header of `070701` and
 * thirteen numbers in eight hexadecimal digits, the name with its NUL, and the content, the latter two padded to four bytes.
 */
export function cpioFile(archive: Buffer, wanted: string): Buffer | undefined {
  const HEADER = 110;
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
