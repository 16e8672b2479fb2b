import type { Clock } from "../platform/index.ts";
import { type DiskCounters, parseDiskCounters } from "./machine/disk.ts";
import { parseLoad } from "./machine/load.ts";
import { parseMemory } from "./machine/memory.ts";
import { type NetworkCounters, parseNetworkCounters } from "./machine/network.ts";
import { parsePressure } from "./machine/pressure.ts";
import { rate } from "./machine/rate.ts";
import { parseTemperature } from "./machine/temperature.ts";
import { parseUptime } from "./machine/uptime.ts";
import type { Probe } from "./probe.ts";
import type { Reading } from "./reading.ts";

/** No machine we know has more, and a reading must stay small. */
const MAX_SENSORS = 64;

interface Sample {
  /** Monotonic ms. */
  readonly at: number;
  readonly disk: DiskCounters;
  readonly network: NetworkCounters;
}

/**
 * This machine's own readings: load, pressure, memory, disk, network, temperature, uptime, each under `machine/`.
 * Bytes are bytes, rates are per second, temperatures in °C. What a machine does not have is left out; elsewhere than on
 * Linux only the disk's space is there.
 */
export class MachineReadings {
  readonly #probe: Probe;
  readonly #clock: Clock;
  readonly #path: string;
  #last: Sample | undefined;

  /** `path`: whose file system's space is told; the data directory's, as that one must not fill up. */
  constructor(probe: Probe, clock: Clock, path: string) {
    this.#probe = probe;
    this.#clock = clock;
    this.#path = path;
  }

  /** The readings of this moment. Rates are those since the call before, so the first call has none. */
  async read(): Promise<Reading[]> {
    const before = this.#last;
    const sample = await this.#sample();
    this.#last = sample;
    const values = await Promise.all([
      this.#file("machine/load", "/proc/loadavg", parseLoad),
      this.#pressure(),
      this.#file("machine/memory", "/proc/meminfo", parseMemory),
      this.#disk(before, sample),
      network(before, sample),
      this.#temperature(),
      this.#file("machine/uptime", "/proc/uptime", parseUptime),
    ]);
    return values.filter((reading) => reading !== undefined);
  }

  async #sample(): Promise<Sample> {
    const [diskstats, disks, dev] = await Promise.all([
      this.#probe.read("/proc/diskstats"),
      this.#probe.list("/sys/block"),
      this.#probe.read("/proc/net/dev"),
    ]);
    return {
      at: this.#clock.monotonic(),
      disk: parseDiskCounters(diskstats ?? "", disks),
      network: parseNetworkCounters(dev ?? ""),
    };
  }

  async #file(topic: string, path: string, parse: (text: string) => Reading["value"] | undefined): Promise<Reading | undefined> {
    const value = parse((await this.#probe.read(path)) ?? "");
    return value && { topic, value };
  }

  async #pressure(): Promise<Reading | undefined> {
    const value: Record<string, number> = {};
    for (const resource of ["cpu", "memory", "io"]) {
      const pressure = parsePressure((await this.#probe.read(`/proc/pressure/${resource}`)) ?? "");
      if (!pressure) continue;
      value[`${resource}_some10`] = pressure.some10;
      value[`${resource}_full10`] = pressure.full10;
    }
    return isEmpty(value) ? undefined : { topic: "machine/pressure", value };
  }

  async #disk(before: Sample | undefined, { at, disk }: Sample): Promise<Reading | undefined> {
    const space = await this.#probe.space(this.#path);
    if (!space || space.total <= 0) return undefined;
    const used_percent = Math.round((1 - space.free / space.total) * 1000) / 10;
    const seconds = before ? (at - before.at) / 1000 : 0;
    const rates = {
      read_per_s: before && rate(before.disk.read, disk.read, seconds),
      written_per_s: before && rate(before.disk.written, disk.written, seconds),
    };
    return { topic: "machine/disk", value: { ...space, used_percent, ...rates } };
  }

  async #temperature(): Promise<Reading | undefined> {
    const zones = (await this.#probe.list("/sys/class/thermal")).filter((name) => name.startsWith("thermal_zone"));
    const sensors: Record<string, number> = {};
    for (const zone of zones.slice(0, MAX_SENSORS)) {
      const celsius = parseTemperature((await this.#probe.read(`/sys/class/thermal/${zone}/temp`)) ?? "");
      const type = ((await this.#probe.read(`/sys/class/thermal/${zone}/type`)) ?? zone).trim().slice(0, 64);
      if (celsius !== undefined) sensors[type in sensors ? `${type} ${zone}` : type] = celsius;
    }
    if (isEmpty(sensors)) return undefined;
    return { topic: "machine/temperature", value: { celsius: Math.max(...Object.values(sensors)), sensors } };
  }
}

function network(before: Sample | undefined, { at, network }: Sample): Reading | undefined {
  if (network.received === 0 && network.sent === 0) return undefined;
  const seconds = before ? (at - before.at) / 1000 : 0;
  const rates = {
    received_per_s: before && rate(before.network.received, network.received, seconds),
    sent_per_s: before && rate(before.network.sent, network.sent, seconds),
  };
  return { topic: "machine/network", value: { ...network, ...rates } };
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
