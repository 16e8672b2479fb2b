import { spawn } from "node:child_process";

/** Runs a program to its end; its output goes to stderr, so that stdout stays the build's own. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", 2, 2], env });
    child.on("error", (cause) => reject(new Error(`${command} did not start: is it installed?`, { cause })));
    child.on("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} failed with ${signal ?? `exit code ${code}`}`));
    });
  });
}
