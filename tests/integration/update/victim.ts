import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePublicKey } from "../../../runtime/trust/index.ts";
import { Run } from "./machine.ts";

/** One start of a machine that may be killed at a named point: `victim.ts FOLDER URL FAULT`. Exit code 64: it restarts. */
const [folder = "", url = "", faultSpec = ""] = process.argv.slice(2);
const owners = [parsePublicKey(readFileSync(join(folder, "owner.pub"), "utf8"))];
const run = await Run.start(folder, { owners, faultSpec });
if (!run.updates.status().update) await run.updates.deploy({ url });
const ended = await Promise.race([
  run.restarted.then(() => "restart" as const),
  run.report(({ outcome }) => outcome !== "running").then(() => "over" as const),
]);
if (ended === "over") process.stdout.write(`${JSON.stringify(run.updates.status())}\n`);
await run.off();
process.exitCode = ended === "restart" ? 64 : 0;
