import { closeSync, openSync, readSync } from "node:fs";

/** `x86_64-linux-gnu`, `aarch64-linux-musl` and so on: the target that this process needs. */
export function hostTarget(): string {
  const architecture = { x64: "x86_64", arm64: "aarch64" }[process.arch as string] ?? process.arch;
  // A program that was started through its loader is the loader.
  const loader = interpreter(process.execPath) ?? process.execPath;
  return `${architecture}-${process.platform}-${loader.includes("/ld-musl-") ? "musl" : "gnu"}`;
}

// ELF-64, little endian: offset of the program headers at 32, their size at 54 and number at 56. In each header: type at
// 0, offset of its content at 8, size of that at 32. Type 3 (PT_INTERP) holds the path of the loader.
function interpreter(executable: string): string | undefined {
  const PT_INTERP = 3;
  const file = openSync(executable, "r");
  const read = (at: number, size: number) => {
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(file, bytes, 0, size, at));
  };
  try {
    const head = read(0, 64);
    if (head.length < 64 || head.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
    const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
    const headers = read(Number(head.readBigUInt64LE(32)), size * count);
    for (let at = 0; at + 56 <= headers.length; at += size) {
      if (headers.readUInt32LE(at) !== PT_INTERP) continue;
      return read(Number(headers.readBigUInt64LE(at + 8)), Number(headers.readBigUInt64LE(at + 32))).toString("latin1");
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}
