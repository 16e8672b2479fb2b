import { once } from "node:events";
import { createInterface } from "node:readline";

/** The line that somebody types after `question`; "" where standard input ends, or `signal` comes, before one does. */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  // Not a terminal to readline, which would take Ctrl-C for itself
  const lines = createInterface({ input: process.stdin, terminal: false });
  const end = () => lines.close();
  signal.addEventListener("abort", end, { once: true });
  try {
    const [line] = await Promise.race([once(lines, "line"), once(lines, "close").then(() => [""])]);
    return line as string;
  } finally {
    signal.removeEventListener("abort", end);
    lines.close();
  }
}
