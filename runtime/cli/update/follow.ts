import { setTimeout as sleep } from "node:timers/promises";
import { asStepppsError, type ErrorCode, errorRow, StepppsError } from "../../contract/errors/index.ts";
import type { ImageStatus, UpdateReport } from "../../contract/update.ts";
import { type Address, connectDevice } from "../device/client.ts";

export interface FollowPorts {
  readonly address: Address;
  readonly signal: AbortSignal;
  /** Each time that something is new. */
  onReport(report: UpdateReport): void;
}

const LOOK_MS = 1_000;
/** ms without any answer: a device that restarts, perhaps four times, is away for a while. */
const PATIENCE_MS = 15 * 60_000;

/**
 * The first report on the update `id` that `isOver` takes. The device restarts meanwhile, so it is asked anew each time. Throws
 * E_CLI_UNREACHABLE, E_UPDATE_UNKNOWN when it has moved on to another update.
 */
export async function followUpdate(
  id: string,
  isOver: (report: UpdateReport) => boolean,
  { address, signal, onReport }: FollowPorts,
): Promise<UpdateReport> {
  let heard = performance.now();
  let last = "";
  for (;;) {
    signal.throwIfAborted();
    try {
      const { update } = await askStatus(address);
      heard = performance.now();
      if (update?.id !== id) throw new StepppsError("E_UPDATE_UNKNOWN", id.slice(0, 8));
      if (JSON.stringify(update) !== last) onReport(update);
      last = JSON.stringify(update);
      if (isOver(update)) return update;
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_CLI_UNREACHABLE");
      if (!AWAY.has(error.code) || performance.now() - heard > PATIENCE_MS) throw error;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

const AWAY = new Set<ErrorCode>(["E_CLI_UNREACHABLE", "E_CLI_TIMEOUT"]);

async function askStatus(address: Address): Promise<ImageStatus> {
  const client = await connectDevice(address);
  try {
    return (await client.ask("update-status")) as ImageStatus;
  } finally {
    await client.close();
  }
}

/** The device's reason as an error of ours. */
export function failureOf({ error, version }: UpdateReport): StepppsError {
  const { code = "", what = "", detail = "" } = error ?? {};
  if (errorRow(code)) return new StepppsError(code as ErrorCode, `${version}${detail ? `: ${detail}` : ""}`);
  return new StepppsError("E_CLI_DEVICE", [code, what, detail].filter(Boolean).join(": "));
}
