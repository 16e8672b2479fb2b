import { expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { MachineReadings, type Probe } from "../../../runtime/space/index.ts";

/** A machine whose whole /proc and /sys are `files`. */
function machine(files: Map<string, string>): Probe {
  return {
    read: async (path) => files.get(path),
    list: async (path) => {
      const below = [...files.keys()].filter((file) => file.startsWith(`${path}/`));
      return [...new Set(below.map((file) => file.slice(path.length + 1).split("/")[0] as string))].sort();
    },
    space: async () => ({ total: 1000, free: 250 }),
  };
}

const values = async (readings: MachineReadings) =>
  Object.fromEntries((await readings.read()).map(({ topic, value }) => [topic, value]));

test("a machine that has nothing to read still tells its disk", async () => {
  const readings = new MachineReadings(machine(new Map()), new VirtualClock(), "/data");
  expect(await readings.read()).toEqual([{ topic: "machine/disk", value: { total: 1000, free: 250, used_percent: 75 } }]);
});

test("rates are those since the reading before", async () => {
  const dev = (received: number) => `  eth0: ${received} 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n`;
  const files = new Map([
    ["/proc/net/dev", dev(1000)],
    ["/sys/block/sda/size", "8"],
    ["/proc/diskstats", "8 0 sda 1 0 10 1 1 0 20 1 0 1 1\n"],
  ]);
  const clock = new VirtualClock();
  const readings = new MachineReadings(machine(files), clock, "/data");
  expect(await values(readings)).toMatchObject({ "machine/network": { received: 1000, received_per_s: undefined } });
  clock.advance(2000);
  files.set("/proc/net/dev", dev(5000)).set("/proc/diskstats", "8 0 sda 1 0 10 1 1 0 40 1 0 1 1\n");
  expect(await values(readings)).toMatchObject({
    "machine/network": { received_per_s: 2000, sent_per_s: 0 },
    "machine/disk": { read_per_s: 0, written_per_s: 5120 },
  });
});

test("the hottest sensor leads; two of one type keep both names", async () => {
  const zone = (n: number, file: string) => `/sys/class/thermal/thermal_zone${n}/${file}`;
  const files = new Map([
    [zone(0, "type"), "cpu-thermal\n"],
    [zone(0, "temp"), "51000\n"],
    [zone(1, "type"), "cpu-thermal\n"],
    [zone(1, "temp"), "62500\n"],
    [zone(2, "type"), "off\n"],
  ]);
  const readings = new MachineReadings(machine(files), new VirtualClock(), "/data");
  expect((await values(readings))["machine/temperature"]).toEqual({
    celsius: 62.5,
    sensors: { "cpu-thermal": 51, "cpu-thermal thermal_zone1": 62.5 },
  });
});
