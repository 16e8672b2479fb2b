// Runs another program in our place. Plain JavaScript for Node 20, as it is what finds a newer one.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

export const NODE_MAJOR = 24;

/** Node 24: the one that runs us, or else the checkout's own, the npm package `node`. */
export const NODE =
  Number(process.versions.node.split(".")[0]) === NODE_MAJOR
    ? process.execPath
    : fileURLToPath(
        new URL(`../../node_modules/node/bin/${process.platform === "win32" ? "node.exe" : "node"}`, import.meta.url),
      );

/** The exit code of a program that has our terminal; signals that only we get are passed on. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      // Ctrl-C in a terminal reaches the child by itself, as it is in the same process group.
      process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
    }
    child.on("error", (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
