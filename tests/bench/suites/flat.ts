import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SupervisorProcess } from "../contestants/supervisor.ts";
import { runLoad } from "../load/run-load.ts";
import { subscribeMany } from "../load/subscribe-many.ts";
import { median } from "../quantile.ts";
import { RelayPackages, type RelayVariant } from "../relay/package.ts";
import { awaitRelay } from "../relay/probe.ts";
import type { Bench, Suite } from "../suite.ts";

/** More topics than any cache of the broker holds, so that every message is looked up. */
const TOPICS = 10_000;

interface Case {
  readonly plugins: number;
  readonly subscriptions: number;
  /** Over how many of the plugins the messages are spread; one plugin takes all where absent. */
  readonly busy?: number;
}

const ONE: Case = { plugins: 1, subscriptions: 10 };
const MANY_PLUGINS: Case = { plugins: 200, subscriptions: 10 };
const MANY_BUSY: Case = { plugins: 200, subscriptions: 10, busy: 200 };
const MANY_SUBSCRIPTIONS: Case = { plugins: 1, subscriptions: 10_000 };

const cost = ({ plugins, subscriptions, busy }: Case) =>
  `CPU per message, ${plugins} plugins${busy ? ", all busy" : ""}, ${subscriptions} subscriptions`;

const RATIOS = [
  { name: "cost per message, 200 plugins against 1", of: MANY_PLUGINS },
  { name: "cost per message, 200 plugins that take turns against 1", of: MANY_BUSY },
  { name: "cost per message, 10,000 subscriptions against 10", of: MANY_SUBSCRIPTIONS },
] as const;

export const flat: Suite = {
  name: "flat",
  about:
    "CPU time of the supervisor for each message of the durable path at full load, QoS 1. One plugin takes all messages, from 10,000 topics " +
    "(or 200 plugins take them in turn), while others are deployed beside it and another client holds subscriptions on the same level of the tree, " +
    "half of them with a wildcard. Medians.",
  expects: [
    ...RATIOS.map(({ name }) => ({ name, unit: "x", bound: "<= 1.3" as const })),
    ...[ONE, MANY_PLUGINS, MANY_BUSY, MANY_SUBSCRIPTIONS].map((one) => ({ name: cost(one), unit: "us", bound: null })),
  ],
  async run(bench) {
    const packages = await RelayPackages.compile();
    const cases = [ONE, MANY_PLUGINS, MANY_BUSY, MANY_SUBSCRIPTIONS];
    const found = new Map<Case, number[]>(cases.map((one) => [one, []]));
    for (let turn = 0; turn < (bench.quick ? 1 : 3); turn++) {
      for (const [index, one] of cases.entries()) {
        const micros = await measure(bench, packages, one, `flat-${turn}-${index}`);
        bench.say(`  ${cost(one)}: ${micros.toFixed(1)} us`);
        found.get(one)?.push(micros);
      }
    }
    const of = (one: Case) => median(found.get(one) ?? []);
    for (const { name, of: many } of RATIOS) bench.results.record(name, of(many) / of(ONE));
    for (const one of cases) bench.results.record(cost(one), of(one));
  },
};

async function measure({ quick, quiet, folder }: Bench, packages: RelayPackages, one: Case, name: string): Promise<number> {
  const data = join(folder, name);
  mkdirSync(data, { recursive: true });
  const variants = variantsOf(one);
  const plugins = Object.fromEntries(variants.map((variant) => [variant.name, { config: { qos: 1 } }]));
  await using supervisor = await SupervisorProcess.start({ data, packages, document: { name: "bench", plugins } });
  await supervisor.deploy(packages, variants);
  const { port, pid } = supervisor;
  await awaitRelay(port, 1, "bench/in/00000");
  using _subscriptions = await subscribeMany(port, one.subscriptions);
  const load = { port, topic: "bench/in", filter: "bench/out", qos: 1, window: 4_000, pids: [pid] } as const;
  const result = await quiet.watch(() =>
    runLoad({ ...load, spread: one.busy ?? TOPICS, seconds: quick ? 2 : 5, warmupSeconds: quick ? 1 : 3 }),
  );
  return result.cpuMicros[0] ?? Number.NaN;
}

/** The first plugin takes every message, and the others wait for what does not come; or each takes its own. */
function variantsOf({ plugins, busy }: Case): RelayVariant[] {
  return Array.from({ length: plugins }, (_, i) => {
    const number = String(i).padStart(5, "0");
    const filter = busy ? `bench/in/${number}` : i === 0 ? "bench/in/+" : `bench/other/${number}`;
    return { name: `relay-${number}`, filter, durability: "durable" };
  });
}
