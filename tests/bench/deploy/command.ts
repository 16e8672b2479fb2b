import { spawn } from "node:child_process";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import type { Sent } from "../../../runtime/transfer/index.ts";
import { COMMAND } from "../contestants/supervisor.ts";
import { relay } from "../link/relay.ts";

/** What `steppps plugin deploy --json` prints. */
export type CommandResult = DeployReport & { readonly transfer: Sent };

/** Runs `steppps plugin deploy FILE` as a person does, and waits for its end. Throws with what it said where it fails. */
export async function deployCommand(file: string, args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [COMMAND, "plugin", "deploy", file, ...args, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await ended) !== 0) throw new Error(`the deploy failed: ${stderr.trim() || stdout.trim()}`);
  return JSON.parse(stdout);
}

/** A broker's port with a count of the TCP payload both ways. */
export async function counted(port: number): Promise<{ readonly port: number; bytes(): number } & Disposable> {
  const counts = { toBroker: 0, fromBroker: 0 };
  const way = await relay({ dial: () => connect({ port, host: "127.0.0.1", noDelay: true }), counts });
  return {
    port: way.port,
    bytes: () => counts.toBroker + counts.fromBroker,
    [Symbol.dispose]: () => way.close(),
  };
}
