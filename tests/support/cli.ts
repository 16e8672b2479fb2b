import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../../runtime/cli/steppps.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** The data directory. */
  readonly data: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `steppps` as people do: a process of its own. */
export async function steppps(args: readonly string[], options: CliOptions): Promise<Ended> {
  const child = spawnSteppps(args, options);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const code = await ended(child);
  return { code, stdout, stderr };
}

export function spawnSteppps(args: readonly string[], { data, cwd = ROOT, env = {} }: CliOptions): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { ...process.env, STEPPPS_DATA: data, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export interface StartedSupervisor {
  readonly device: string;
  readonly mqttUrl: string;
  readonly webUrl: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Ctrl-C; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** `steppps start` on free ports; resolves once it says where it is. */
export async function startSupervisor(
  options: CliOptions,
  args: readonly string[] = ["--no-examples"],
): Promise<StartedSupervisor> {
  const child = spawnSteppps(["start", "--json", "--mqtt-port", "0", "--web-port", "0", ...args], options);
  child.stderr?.pipe(process.stderr);
  const lines = createInterface(child.stdout as NodeJS.ReadableStream);
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the supervisor ended with ${code} before it was up`)));
  });
  const stop = () => {
    const code = ended(child);
    child.kill("SIGINT");
    return code;
  };
  return { ...JSON.parse(line), child, stop };
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", resolve));
}
