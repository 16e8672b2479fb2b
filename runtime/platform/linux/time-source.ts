import { type FSWatcher, watch } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { Child } from "./child.ts";
import { readTold } from "./network/lease.ts";

export interface TimeSourceOptions {
  readonly servers: readonly string[];
  /** busybox's ntpd, with its first arguments. */
  readonly ntpd: readonly string[];
  /** What ntpd calls, and where that writes what it was told. */
  readonly tell: string;
  readonly folder: string;
  readonly clock: Pick<Clock, "after" | "monotonic">;
  /** The clock follows a server from now on. Called once. */
  arrived(): void;
}

/** RFC 5905, 7.3: a server that knows the time itself, or by others that do. */
const UNSYNCHRONISED = 16;

/** Keeps the clock by NTP, for as long as it isn't closed. It asks until somebody answers: at a start there may be no network. */
export async function openTimeSource({ servers, ntpd, tell, folder, clock, arrived }: TimeSourceOptions) {
  if (servers.length === 0) return { close: async () => {} };
  const file = join(folder, "ntp");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(file, { force: true });
  let known = false;
  const look = async () => {
    const { event, stratum = "" } = readTold(await readFile(file, "utf8").catch(() => ""));
    const follows = event !== undefined && event !== "unsync" && Number(stratum || UNSYNCHRONISED) < UNSYNCHRONISED;
    if (!follows || known) return;
    known = true;
    arrived();
  };
  const watcher: FSWatcher = watch(folder, { persistent: false }, () => void look());
  const command = [...ntpd, "-n", "-S", tell, ...servers.flatMap((server) => ["-p", server])];
  const child = new Child({ command, env: { STEPPPS_TELL: folder }, clock });
  return {
    async close() {
      watcher.close();
      await child.close();
    },
  };
}
