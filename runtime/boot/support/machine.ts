import { readFile, statfs } from "node:fs/promises";
import { arch, cpus, freemem, loadavg, release, totalmem, uptime, version } from "node:os";
import { findDisk } from "../../space/index.ts";

/** The machine, as far as it may explain trouble: no names, no addresses. */
export async function describeMachine(data: string) {
  const space = await statfs(data).catch(() => undefined);
  const disk = await findDisk(data);
  const model = (await readFile("/proc/device-tree/model", "utf8").catch(() => "")).replace(/\0/g, "");
  const pressure = await Promise.all(
    ["cpu", "io", "memory"].map(async (name) => [
      name,
      (await readFile(`/proc/pressure/${name}`, "utf8").catch(() => "")).split("\n")[0],
    ]),
  );
  return {
    kernel: `${release()} ${version()}`,
    architecture: arch(),
    model: model || (cpus()[0]?.model ?? ""),
    processors: cpus().length,
    memory: { total: totalmem(), free: freemem() },
    load: loadavg(),
    uptime: Math.round(uptime()),
    pressure: Object.fromEntries(pressure),
    disk: {
      name: disk?.name,
      writtenSinceStart: await disk?.written(),
      total: space && space.blocks * space.bsize,
      free: space && space.bavail * space.bsize,
      filesFree: space?.ffree,
    },
    versions: process.versions,
  };
}
