import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDiskCounters } from "../../../runtime/space/machine/disk.ts";
import { parseLoad } from "../../../runtime/space/machine/load.ts";
import { parseMemory } from "../../../runtime/space/machine/memory.ts";
import { parseNetworkCounters } from "../../../runtime/space/machine/network.ts";
import { parsePressure } from "../../../runtime/space/machine/pressure.ts";
import { rate } from "../../../runtime/space/machine/rate.ts";
import { parseTemperature } from "../../../runtime/space/machine/temperature.ts";
import { parseUptime } from "../../../runtime/space/machine/uptime.ts";

test("load", () => {
  expect(parseLoad("0.12 0.09 0.05 1/94 9622\n")).toEqual({ load1: 0.12, load5: 0.09, load15: 0.05, running: 1, threads: 94 });
});

test("uptime", () => {
  expect(parseUptime("1320.64 2508.59\n")).toEqual({ seconds: 1320.64 });
});

describe("pressure", () => {
  test("some and full", () => {
    const text = "some avg10=1.46 avg60=2.43 avg300=1.19 total=14008815\nfull avg10=0.25 avg60=0.02 avg300=0.05 total=3088700\n";
    expect(parsePressure(text)).toEqual({ some10: 1.46, full10: 0.25 });
  });

  test("the CPU of a kernel before 5.13, which has no full", () => {
    expect(parsePressure("some avg10=1.46 avg60=2.43 avg300=1.19 total=14008815\n")).toEqual({ some10: 1.46, full10: 0 });
  });
});

describe("memory", () => {
  const meminfo = (available: number) =>
    `MemTotal:        8245248 kB\nMemFree:          402412 kB\nMemAvailable:    ${available} kB\nSwapTotal:        102396 kB\nSwapFree:         102140 kB\n`;

  test("in bytes", () => {
    expect(parseMemory(meminfo(6_183_936))).toEqual({
      total: 8_443_133_952,
      available: 6_332_350_464,
      used_percent: 25,
      swap_total: 104_853_504,
      swap_free: 104_591_360,
    });
  });

  test("more available than there is is no reading", () => {
    expect(parseMemory(meminfo(9_000_000))).toBeUndefined();
  });
});

test("disk: whole disks only, none that stand on others", () => {
  const diskstats = `
   7       0 loop0 5 0 90 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 179       0 mmcblk0 66781 9431 1000 19716 8557 22655 200 5108 0 7552 25139 4484 49 178704 297 490 17
 179       1 mmcblk0p1 100 9 500 1 8 2 100 5 0 7 2 4 4 1 2 4 1
 253       0 dm-0 66781 9431 1000 19716 8557 22655 200 5108 0 7552 25139 4484 49 178704 297 490 17
   8       0 sda 1 0 10 1 1 0 20 1 0 1 1
`;
  const disks = ["dm-0", "loop0", "mmcblk0", "sda"];
  expect(parseDiskCounters(diskstats, disks)).toEqual({ read: 1010 * 512, written: 220 * 512 });
});

test("network: all but the loopback", () => {
  const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
  eth0: 500929583   13869    1    2    0     0          0         0   854179    8623    3    4    0     0       0          0
 wlan0:     100       1    0    0    0     0          0         0      200       2    0    0    0     0       0          0
`;
  expect(parseNetworkCounters(dev)).toEqual({ received: 500929683, sent: 854379, errors: 4, dropped: 6 });
});

test.each([
  ["51234\n", 51.234],
  ["-4000\n", -4],
  ["", undefined],
  ["hot", undefined],
])("temperature %j", (text, celsius) => {
  expect(parseTemperature(text)).toBe(celsius);
});

test.each([
  [1000, 3000, 2, 1000],
  [3000, 1000, 2, undefined],
  [1000, 3000, 0, undefined],
])("rate from %d to %d in %d s", (before, after, seconds, expected) => {
  expect(rate(before, after, seconds)).toBe(expected);
});

test("no text makes a parser throw, or give a number that is none", () => {
  const line = fc.stringMatching(/^(MemTotal:|MemAvailable:|some avg10=|eth0:|\d+ 0 sda|\d+\.\d+)?[ \d./=kB-]*$/);
  const text = fc.oneof(
    fc.string(),
    fc.array(line).map((lines) => lines.join("\n")),
  );
  const parsers = [
    parseLoad,
    parseUptime,
    parsePressure,
    parseMemory,
    parseNetworkCounters,
    (t: string) => parseDiskCounters(t, ["sda"]),
  ];
  fc.assert(
    fc.property(text, (input) => {
      for (const parse of parsers) {
        for (const value of Object.values(parse(input) ?? {})) expect(Number.isFinite(value)).toBe(true);
      }
    }),
  );
});
