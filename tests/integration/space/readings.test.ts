import { loadavg, tmpdir, totalmem, uptime } from "node:os";
import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/platform/index.ts";
import { MachineReadings, systemProbe } from "../../../runtime/space/index.ts";

test("this machine's own readings agree with what Node is told by the system", async () => {
  const readings = new MachineReadings(systemProbe(), systemClock(), tmpdir());
  await readings.read();
  const [loadBefore, upBefore] = [loadavg()[0] as number, uptime()];
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
  const [first, last] = [loadBefore, loadavg()[0] as number].sort((a, b) => a - b) as [number, number];
  expect(load?.load1).toBeGreaterThanOrEqual(first - 0.02);
  expect(load?.load1).toBeLessThanOrEqual(last + 0.02);
  expect(memory?.total).toBe(totalmem());
  expect(up?.seconds).toBeGreaterThanOrEqual(upBefore - 1);
  expect(up?.seconds).toBeLessThanOrEqual(uptime() + 1);
  expect(values["machine/network"]?.received).toBeGreaterThan(0);
});

test("a probe of what is not there finds nothing", async () => {
  const probe = systemProbe();
  expect(await probe.read("/proc/no-such-file")).toBeUndefined();
  expect(await probe.list("/sys/no-such-folder")).toEqual([]);
  expect(await probe.space("/no-such-folder")).toBeUndefined();
});
