import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to the program's standard input. */
  readonly input?: string | Uint8Array;
  /** Called with each line that it prints, as soon as it does. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end and returns what it printed. A failure's error has what it said on stderr. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const { cwd, env = process.env, onLine } = options;
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env, ...(cwd === undefined ? {} : { cwd }) });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    if (onLine) createInterface({ input: child.stdout }).on("line", onLine);
    child.on("error", (cause) => reject(new Error(`${command} did not start: is it installed?`, { cause })));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(out).toString());
      const said = Buffer.concat(err.length > 0 ? err : out)
        .toString()
        .trim()
        .slice(-4000);
      reject(new Error(`${[command, ...args].join(" ").slice(0, 500)} failed with ${signal ?? `exit code ${code}`}: ${said}`));
    });
    // Nobody has to read all of what it is given: whether that was a failure is in the exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
  });
}
