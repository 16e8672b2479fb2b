import { availableParallelism, loadavg, tmpdir, totalmem, uptime } from "node:os";
import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/platform/index.ts";
import { MachineReadings, systemProbe } from "../../../runtime/space/index.ts";

test("this machine's own readings agree with what Node is told by the system", async () => {
  const readings = new MachineReadings(systemProbe(), systemClock(), tmpdir());
  await readings.read();
  const values = Object.fromEntries((await readings.read()).map(({ topic, value }) => [topic, value]));
  const {
    load,
    memory,
    disk,
    uptime: up,
  } = {
    load: values["machine/load"],
    memory: values["machine/memory"],
    disk: values["machine/disk"],
    uptime: values["machine/uptime"],
  };
  expect(disk?.total).toBeGreaterThan(0);
  expect(disk?.used_percent).toBeGreaterThanOrEqual(0);
  if (process.platform !== "linux") return;
  expect(Math.abs((load?.load1 as number) - (loadavg()[0] as number))).toBeLessThan(availableParallelism());
  expect(memory?.total).toBe(totalmem());
  expect(Math.abs((up?.seconds as number) - uptime())).toBeLessThan(5);
  expect(values["machine/network"]?.received).toBeGreaterThan(0);
});

test("a probe of what is not there finds nothing", async () => {
  const probe = systemProbe();
  expect(await probe.read("/proc/no-such-file")).toBeUndefined();
  expect(await probe.list("/sys/no-such-folder")).toEqual([]);
  expect(await probe.space("/no-such-folder")).toBeUndefined();
});
