import { expect } from "vitest";
import { type Built, buildSources } from "../guests.ts";
import { Device } from "../support.ts";

/** What a version of the counter does with an input beside counting it. */
export const COUNTERS = {
  first: { version: "1.0.0", add: "" },
  good: { version: "2.0.0", add: "" },
  other: { version: "2.0.0", add: "this.count += 1;" },
  /** Fails on what the first one handles. */
  trapping: { version: "2.0.0", add: 'if (message.text() == "7") unreachable();' },
  /** Fails once it has counted so far, so that its first inputs go well. */
  later: { version: "2.0.0", add: "if (this.count > 1000) unreachable();" },
  slow: { version: "2.0.0", add: "let x: f64 = 1; for (let i = 0; i < 2000000; i++) x = Math.sqrt(x + i); this.waste = x;" },
  /** Its memory is full before ten inputs: soon enough that what the growing costs is not what it fails by. */
  leaking: { version: "2.0.0", add: "for (let i = 0; i < 8; i++) kept.push(new Uint8Array(65536));" },
  hostile: { version: "2.0.0", add: 'if (this.count > 1000) publish("elsewhere/" + this.count.toString(), "x");' },
  /** Fail on inputs that may not have come before. */
  stumbling: { version: "2.0.0", add: 'if (message.text() == "13") unreachable();' },
  reaching: { version: "2.0.0", add: 'if (message.text() == "14") publish("elsewhere/" + this.count.toString(), "x");' },
  asking: { version: "2.0.0", add: 'publish("more/count", "x");', publishes: '@publishes("more/count")' },
  migrating: { version: "2.0.0", add: "", more: "@migrate migrate(from: string): void { this.count += 100; }" },
  unmigrated: { version: "2.0.0", add: "", more: "@migrate migrate(from: string): void { unreachable(); }" },
} as const;
export type CounterName = keyof typeof COUNTERS;

/** Versions of one plugin: `in/add` with a number adds it, `out/count` says the sum. */
export async function buildCounters(): Promise<Readonly<Record<CounterName, Built>>> {
  const names = Object.keys(COUNTERS) as CounterName[];
  const built = await buildSources(...names.map((name) => source(COUNTERS[name])));
  return Object.fromEntries(names.map((name, index) => [name, built[index]])) as Record<CounterName, Built>;
}

/** A device with this version at work, and ten inputs behind it. */
export async function startCounting(first: Built, options: Parameters<typeof Device.start>[0]): Promise<Device> {
  const device = await Device.start(options);
  await device.deploy(first);
  for (let i = 0; i < 10; i++) await device.send("in/add", 1);
  await device.idle();
  expect(device.said("out/count").at(-1)).toBe("10");
  return device;
}

/** The version of the device's one plugin. */
export function atWork(device: Device): string | undefined {
  return device.host.status()[0]?.version;
}

function source(kind: { version: string; add: string; publishes?: string; more?: string }): string {
  const { version, add, publishes = "", more = "" } = kind;
  return `
import { Message, migrate, on, publish, publishes, QOS1, state, workflow } from "steppps";

const kept: Uint8Array[] = [];

@workflow({ version: "${version}", limits: { deadlineMs: 100, memoryBytes: 4194304, effectBytes: 262144 } })
@publishes("out/+")
${publishes}
class Counter {
  @state count: i64 = 0;
  waste: f64 = 0;

  @on("in/add")
  add(message: Message): void {
    this.count += I64.parseInt(message.text());
    ${add}
    publish("out/count", this.count.toString(), QOS1);
  }
  ${more}
}
`;
}
