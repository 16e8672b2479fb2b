import type { Socket } from "node:net";
import { startSupervisor } from "../../../runtime/boot/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";

/** The device that is killed: `node device.ts DATA PORT [late]` says `ready URL` once it handles messages. Ends well at SIGTERM. */
const [dataPath = "", port = "", late] = process.argv.slice(2);
const supervisor = await startSupervisor({
  dataPath,
  version: "0.0.0",
  clock: systemClock(),
  engine: "wasmtime",
  faultSpec: process.env.STEPPPS_FAULT,
  mqttPort: Number(port),
  webPort: false,
  ...(late !== undefined && { journalThread: "later" as const }),
  readings: false,
  broken() {},
});
// Whoever started it has ended.
process.stdin.resume().once("end", () => process.kill(process.pid, "SIGKILL"));
(process.stdin as Partial<Socket>).unref?.();
process.once("SIGTERM", () => void supervisor.close());
process.stdout.write(`ready ${supervisor.mqttUrl}\n`);
