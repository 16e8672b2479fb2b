import { main } from "./main.ts";

const interrupt = new AbortController();
// The first Ctrl-C asks the command to end; the second one ends it.
const signals = ["SIGINT", "SIGTERM"] as const;
for (const signal of signals) process.once(signal, () => interrupt.abort());
// To a supervisor without a terminal it means something else (verbs/start.ts).
if (process.argv[2] !== "start" || process.stdout.isTTY) process.once("SIGHUP", () => interrupt.abort());
else process.on("SIGHUP", () => {});

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
});
