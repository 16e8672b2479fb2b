import type { Readable } from "node:stream";

/** Longer lines are cut off: what a program says is not to fill our memory. */
const LINE_MAX = 4_096;

/** Calls `listener` with each line of a stream, without its end. */
export function eachLine(stream: Readable, listener: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("error", () => {});
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, LINE_MAX);
    for (const line of lines) listener(line.slice(0, LINE_MAX));
  });
}
