import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { pipeline } from "node:stream/promises";
import type { Toolset } from "../toolset/toolset.ts";

/** Blocks that are compressed side by side. Their size is in the result, the number of threads is not. */
const BLOCK = "24MiB";

/** Compresses a file with xz to `to`, which is there as a whole or not at all. */
export async function compressXz(file: string, to: string, tools: Toolset): Promise<void> {
  const [first, ...rest] = tools.command("xz");
  // At least two: with one thread xz writes another form.
  const threads = Math.max(2, availableParallelism());
  const options = ["--compress", "--stdout", "-6", `--threads=${threads}`, `--block-size=${BLOCK}`, "--check=crc64"];
  const part = `${to}.part`;
  const child = spawn(first, [...rest, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [[code]] = await Promise.all([
      once(child, "close"),
      pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), child.stdin),
      pipeline(child.stdout, createWriteStream(part)),
    ]);
    if (code !== 0) throw new Error(`xz ended with ${code}`);
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
  }
}
