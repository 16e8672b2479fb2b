import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asStepppsError, type SystemEvent } from "../../contract/index.ts";
import { linuxBootVolume, linuxFiles, type Restart, setWallClock, startHeartbeat, systemClock } from "../../platform/index.ts";
import { deviceSecret } from "../data-directory.ts";
import { dataPaths } from "../data-paths.ts";
import { startSupervisor } from "../supervisor.ts";
import type { Supervisor } from "../supervisor-options.ts";
import { readBoard } from "./board.ts";
import { attachConsole } from "./console.ts";
import { customise } from "./customise.ts";
import { createDevice } from "./device.ts";
import { DEVICE_ENDS, DEVICE_EXIT, type DeviceExit } from "./exit.ts";
import { factoryReset, finishFactoryReset } from "./factory-reset.ts";
import { KeptTime } from "./kept-time.ts";
import { Layers } from "./layer/layers.ts";
import { devicePlaces } from "./places.ts";
import { readSlots } from "./slots.ts";
import { bootTroubles } from "./troubles.ts";

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Pick<NodeJS.WriteStream, "write" | "writableLength">;
  /** Aborted when PID 1 asks us to end. */
  readonly signal: AbortSignal;
}

/**
 * A device from start to end: what PID 1 starts. Environment: STEPPPS_ROOT (a folder in place of `/`, for tests),
 * STEPPPS_HEARTBEAT_FD, STEPPPS_FACTORY_RESET, STEPPPS_SLOT, STEPPPS_FAULT. Resolves with what PID 1 is to do next.
 */
export async function runDevice({ env, stdout, signal }: Surroundings): Promise<DeviceExit> {
  const { STEPPPS_ROOT = "", STEPPPS_HEARTBEAT_FD, STEPPPS_FACTORY_RESET, STEPPPS_FAULT, STEPPPS_SLOT } = env;
  const places = devicePlaces(STEPPPS_ROOT);
  const clock = systemClock();
  const files = linuxFiles();
  const stopBeating = STEPPPS_HEARTBEAT_FD === undefined ? () => {} : startHeartbeat(Number(STEPPPS_HEARTBEAT_FD), clock);
  const say = (line: string) => void stdout.write(`steppps ${line}\n`);
  const found: Omit<SystemEvent, "time">[] = [];
  const volume = linuxBootVolume({ path: places.boot, remount: STEPPPS_ROOT === "", variables: places.variables });
  const notFound = (error: unknown): undefined => {
    const { code, message } = asStepppsError(error, "E_BOOT_CONTROL");
    found.push({ kind: "update.trouble", level: "error", code, text: message });
  };
  try {
    await mkdir(places.data, { recursive: true, mode: 0o700 });
    const { board, fault } = await readBoard(places.board, files);
    if (fault) found.push({ kind: "device.trouble", level: "error", code: fault.code, text: fault.message });
    for (const trouble of bootTroubles(await readFile(places.phases, "utf8").catch(() => "")))
      found.push({ kind: "device.trouble", level: "error", ...trouble });
    const time = new KeptTime({
      file: join(places.data, "clock"),
      files,
      clock,
      earliest: (board?.buildTime ?? 0) * 1000,
      lastWritten: () => lastWritten(dataPaths(places.data).journal),
      set: (to) => setWallClock(to, places.date),
    });
    const woken = await time.wake();
    if (woken) found.push(woken);
    await finishFactoryReset(places.data);
    if (STEPPPS_FACTORY_RESET !== undefined) {
      await factoryReset({ data: places.data, thread: places.parts.storeThread, now: clock.now() });
      await rm(places.resetMark, { force: true });
      if (existsSync(join(places.boot, "factory-reset"))) await volume.change([{ do: "remove", path: "factory-reset" }]);
      found.push({ kind: "device.trouble", level: "warn", text: "reset: all is as at first, but for identity and trust" });
    }
    for (const note of await customise({ volume, files, mark: join(places.data, "customised") }))
      found.push({ kind: "device.trouble", level: "warn", code: note.code, text: note.message });

    const ended = Promise.withResolvers<DeviceExit>();
    signal.addEventListener("abort", () => ended.resolve(DEVICE_EXIT.again), { once: true });
    const restart = ({ argument }: Restart) => {
      const told = argument === undefined ? Promise.resolve() : writeFile(places.rebootArgument, argument);
      void told.catch(() => {}).then(() => ended.resolve(DEVICE_EXIT.reboot));
    };
    const started = STEPPPS_SLOT;
    const slots =
      board && STEPPPS_ROOT === "" ? await readSlots({ board, places, volume, started, restart }).catch(notFound) : undefined;
    const mountsLayers = board && STEPPPS_ROOT === "" && board.bootControl !== "none";
    const layers = mountsLayers ? new Layers({ places: places.layers, board, files, clock }) : undefined;
    const device = createDevice({
      places,
      board,
      volume,
      slots,
      layers,
      clock,
      time,
      found,
      secret: () => deviceSecret(dataPaths(places.data)),
      end: (how) => ended.resolve(DEVICE_ENDS[how]),
    });
    const supervisor = await startSupervisor({
      broken(error) {
        say(error.message);
        ended.resolve(DEVICE_EXIT.failed);
      },
      dataPath: places.data,
      documentPath: places.document,
      parts: places.parts,
      journalThread: "later",
      version: board?.version ?? "unknown",
      clock,
      engine: "wasmtime",
      faultSpec: STEPPPS_FAULT,
      readings: true,
      device,
    });
    say(await readyLine(supervisor));
    const detach = await attachConsole(supervisor, { clock, stdout });
    const exit = await ended.promise;
    detach();
    await supervisor.close();
    return exit;
  } catch (error) {
    say(asStepppsError(error, "E_CLI_UNEXPECTED").message);
    return DEVICE_EXIT.failed;
  } finally {
    stopBeating();
  }
}

/** The journal's files are written all the time, so that a clock which was wrong once is corrected in them soon after it was set. */
async function lastWritten(journal: string): Promise<number> {
  const times = [journal, `${journal}-wal`].map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
  return Math.floor(Math.max(...(await Promise.all(times))));
}

/** `ready 2510 kitchen mqtt://… document=2.1 journal=40.2 …`: ms since the kernel started, and of each phase. */
async function readyLine({ device, mqttUrl, phases }: Supervisor): Promise<string> {
  const [seconds = "0"] = (await readFile("/proc/uptime", "utf8")).split(" ");
  const times = phases.map(({ name, millis }) => `${name}=${millis}`).join(" ");
  return `ready ${Math.round(Number(seconds) * 1000)} ${device} ${mqttUrl} ${times}`;
}
