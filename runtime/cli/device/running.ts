import { readFileSync } from "node:fs";
import { dataPaths } from "../../boot/data-paths.ts";
import type { Running } from "../../boot/index.ts";
import { StepppsError } from "../../contract/errors/index.ts";

/** The supervisor that runs from the data directory `data`; throws E_CLI_NO_DEVICE when none does. */
export function findRunning(data: string): Running {
  const running = readRunning(dataPaths(data).running);
  if (!running || !isAlive(running.pid)) throw new StepppsError("E_CLI_NO_DEVICE", data);
  return running;
}

function readRunning(file: string): Running | undefined {
  try {
    const found: Partial<Record<keyof Running, unknown>> = JSON.parse(readFileSync(file, "utf8"));
    const { device, pid, mqttUrl, webUrl = null } = found;
    if (typeof device !== "string" || !Number.isSafeInteger(pid) || typeof mqttUrl !== "string") return undefined;
    return { device, pid: pid as number, mqttUrl, webUrl: typeof webUrl === "string" ? webUrl : null };
  } catch {
    return undefined;
  }
}

/** A supervisor that was killed leaves its file behind. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and someone else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
