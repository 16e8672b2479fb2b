import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stockAlpine } from "../../image/alpine.ts";
import { Card } from "../../image/card.ts";
import { Machine } from "../../image/machine.ts";
import { ImageBuilder } from "../../image/subject.ts";
import { type Found, readFound, workload } from "../../image/workload.ts";
import { median } from "../../quantile.ts";
import { RelayPackages } from "../../relay/package.ts";
import type { Bench, Suite } from "../../suite.ts";

const BOARD = "qemu-x86_64";
const ROUNDS = 3;
const PLUGINS = 10;
const COUNTED = { countInstructions: true } as const;

const NAMES = {
  used: `living: memory that the whole system uses with ${PLUGINS} plugins, idle`,
  share: "living: memory used beyond stock Alpine, of the machine's 1 GiB",
  cpu: "living: time that a workload of the processor alone takes longer than on stock Alpine",
  own: "living: time that it takes longer than on the same image without supervisor",
  alpine: "living: memory that stock Alpine uses, idle",
  workload: "living: the workload on stock Alpine",
} as const;

export const live: Suite = {
  name: "living",
  about:
    "The same machines as in boot, whose clock goes by the instructions of the emulated processor, two nanoseconds for each (QEMU's icount): " +
    "what else the host does changes little of it. Once each has been up for a while, two awks count beside each other, and the machine says how " +
    `long that took and, before it, what /proc/meminfo says: MemTotal less MemAvailable. Ours has ${PLUGINS} durable plugins, and publishes its ` +
    `readings every two seconds; the same image without supervisor has the workload alone. They take turns, ${ROUNDS} times each; medians.`,
  expects: [
    { name: NAMES.used, unit: "MB", bound: "<= 128" },
    { name: NAMES.share, unit: "%", bound: "<= 10" },
    { name: NAMES.cpu, unit: "%", bound: "<= 5" },
    { name: NAMES.own, unit: "%", bound: null },
    { name: NAMES.alpine, unit: "MB", bound: null },
    { name: NAMES.workload, unit: "s", bound: null },
  ],
  async run(bench) {
    const { quick, results, say } = bench;
    const start = await contestants(bench);
    const found = { ours: [] as Found[], bare: [] as Found[], alpine: [] as Found[] };
    for (let i = 0; i < (quick ? 1 : ROUNDS); i++) {
      for (const name of ["ours", "bare", "alpine"] as const) {
        await using machine = await start[name]();
        const one = await readFound(machine.console);
        found[name].push(one);
        say(`  ${name}: ${one.seconds.toFixed(2)} s, ${(one.used / 1e6).toFixed(1)} of ${(one.total / 1e6).toFixed(1)} MB used`);
      }
    }
    const of = (name: keyof typeof found, what: keyof Found) => median(found[name].map((one) => one[what]));
    const longer = (than: "bare" | "alpine") => 100 * (of("ours", "seconds") / of(than, "seconds") - 1);
    results.record(NAMES.used, of("ours", "used") / 1e6);
    results.record(NAMES.share, (100 * (of("ours", "used") - of("alpine", "used"))) / 2 ** 30);
    results.record(NAMES.cpu, longer("alpine"));
    results.record(NAMES.own, longer("bare"));
    results.record(NAMES.alpine, of("alpine", "used") / 1e6);
    results.record(NAMES.workload, of("alpine", "seconds"));
  },
};

/** What starts each of them. */
async function contestants({ folder, quick, say }: Bench) {
  const builder = await ImageBuilder.open();
  const packages = await RelayPackages.compile();
  const slot = await builder.slot(BOARD, "lz4hc");
  const script = workload({ pauseSeconds: quick ? 5 : 30, steps: quick ? 5e5 : 2e6 });
  const card = async (name: string, command: string) => {
    say(`  writing the card of ${name}`);
    const own = join(folder, `living-${name}`);
    const files = {
      "usr/lib/steppps/command": "/bin/sh\n/usr/lib/steppps/measured.sh\n",
      "usr/lib/steppps/measured.sh": command,
    };
    return Card.write(await builder.altered(slot, files, own), builder, own, packages);
  };
  const ours = await card("ours", `#!/bin/sh\n(${script}) &\nexec ${startCommand(await builder.read(slot, COMMAND))}\n`);
  await ours.deploy(packages, PLUGINS);
  const bare = await card("bare", `#!/bin/sh\n${script}sleep 100000\n`);
  const home = join(folder, "living-alpine");
  await mkdir(home, { recursive: true });
  const alpine = await stockAlpine(slot.board.arch, builder, home, { "/measured.sh": `#!/bin/sh\n${script}` }, [
    "::once:/measured.sh",
  ]);
  return {
    ours: () => ours.start(COUNTED),
    bare: () => bare.start(COUNTED),
    alpine: async () => new Machine({ ...alpine, ...COUNTED }, builder.tools),
  };
}

const COMMAND = "usr/lib/steppps/command";

/** PID 1's list of arguments, one a line, as a line of a shell's; none has anything in it that a shell would take for itself. */
function startCommand(list: string): string {
  return list.trim().split("\n").join(" ");
}
