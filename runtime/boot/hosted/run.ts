import { asStepppsError } from "../../contract/index.ts";
import { linuxFiles, systemClock } from "../../platform/index.ts";
import { startJournalThread } from "../../store/index.ts";
import { readBoard } from "../device/board.ts";
import { attachConsole } from "../device/console.ts";
import { DEVICE_EXIT, type DeviceExit } from "../device/exit.ts";
import { devicePlaces } from "../device/places.ts";
import type { Surroundings } from "../device/run.ts";
import { startSupervisor } from "../supervisor.ts";

/**
 * The supervisor of an image on a machine that is another system's: a package of Alpine's, a container. Network, clock, disks and the
 * machine's start are that system's. Environment: STEPPPS_DATA, where it keeps everything; STEPPPS_DOCUMENT, where the device document
 * is, else it is in there; STEPPPS_ROOT and STEPPPS_FAULT as on a device. Resolves with the exit code, after which it is to be started again.
 */
export async function runHosted({ env, stdout, signal }: Surroundings, dataPath: string): Promise<DeviceExit> {
  const { STEPPPS_ROOT = "", STEPPPS_DOCUMENT, STEPPPS_FAULT } = env;
  const places = devicePlaces(STEPPPS_ROOT);
  const clock = systemClock();
  const journalThread = startJournalThread(places.parts.storeThread);
  const say = (line: string) => void stdout.write(`steppps ${line}\n`);
  try {
    const { board, fault } = await readBoard(places.board, linuxFiles());
    if (fault) say(fault.message);
    const ended = Promise.withResolvers<DeviceExit>();
    signal.addEventListener("abort", () => ended.resolve(DEVICE_EXIT.again), { once: true });
    const supervisor = await startSupervisor({
      broken(error) {
        say(error.message);
        ended.resolve(DEVICE_EXIT.failed);
      },
      dataPath,
      ...(STEPPPS_DOCUMENT !== undefined && { documentPath: STEPPPS_DOCUMENT }),
      parts: places.parts,
      journalThread,
      version: board?.version ?? "unknown",
      clock,
      engine: "wasmtime",
      faultSpec: STEPPPS_FAULT,
      readings: true,
    });
    say(`ready ${supervisor.device} ${supervisor.mqttUrl}`);
    const detach = await attachConsole(supervisor, { clock, stdout });
    const exit = await ended.promise;
    detach();
    await supervisor.close();
    return exit;
  } catch (error) {
    say(asStepppsError(error, "E_CLI_UNEXPECTED").message);
    await journalThread.terminate();
    return DEVICE_EXIT.failed;
  }
}
