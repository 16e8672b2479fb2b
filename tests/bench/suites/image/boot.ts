import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KernelName } from "../../../../board-support/board.ts";
import { formatStart, startTimes } from "../../../../images/qemu/phases.ts";
import { stockAlpine } from "../../image/alpine.ts";
import { READY } from "../../image/card.ts";
import { EMPTY_SAYS, startCards } from "../../image/cards.ts";
import { Machine } from "../../image/machine.ts";
import { awaitRelayed, connectSoon } from "../../image/probe.ts";
import { ImageBuilder } from "../../image/subject.ts";
import { median } from "../../quantile.ts";
import { RelayPackages } from "../../relay/package.ts";
import type { Bench, Suite } from "../../suite.ts";

const BOARD = "qemu-x86_64";
const STARTS = 5;
const PLUGINS = 10;
/** Ours, as `--kernel steppps` has it; and Debian's, which every image has unless told. */
const KERNELS = ["steppps", "debian-rt"] as const satisfies readonly KernelName[];
type Chosen = (typeof KERNELS)[number];

const NAMES = (kernel: Chosen) =>
  ({
    message: `boot, ${kernel}: QEMU's start to the first MQTT message handled by a plugin`,
    alpineShare: `boot, ${kernel}: that, in times of stock Alpine's start to its login`,
    emptyShare: `boot, ${kernel}: that, in times of the same image's start to an empty script`,
    ready: `boot, ${kernel}: QEMU's start to the supervisor handling messages`,
    empty: `boot, ${kernel}: the same image whose Node runs an empty script, QEMU's start to that`,
  }) as const;
const ALPINE = "boot: stock Alpine 3.23, QEMU's start to its login";

export const boot: Suite = {
  name: "boot",
  about:
    "Machines with one emulated x86_64 processor and 1 GiB (QEMU, TCG, never KVM), each start after a pulled plug. Ours has " +
    `${PLUGINS} durable plugins and a fixed address, and a client on this machine connects, subscribes and publishes until the relay plugin's ` +
    "answer is there. Stock Alpine is PyPI's image with its own kernel and initramfs, without the agent that the wheel adds to it. They " +
    `take turns, ${STARTS} starts each; medians.`,
  expects: [
    ...KERNELS.map(NAMES).flatMap((names) => [
      { name: names.message, unit: "s", bound: "<= 4" as const },
      { name: names.alpineShare, unit: "", bound: "<= 0.2" as const },
      { name: names.emptyShare, unit: "", bound: "<= 1.2" as const },
      { name: names.ready, unit: "s", bound: null },
      { name: names.empty, unit: "s", bound: null },
    ]),
    { name: ALPINE, unit: "s", bound: null },
  ],
  async run(bench) {
    const { quick, quiet, results, say } = bench;
    const { ours, alpine } = await machines(bench);
    const found = ours.map((one) => ({ ...one, messages: [] as number[], readies: [] as number[], empties: [] as number[] }));
    const peers: number[] = [];
    for (let i = 0; i < (quick ? 1 : STARTS); i++) {
      for (const { kernel, start, empty, messages, readies, empties } of found) {
        const own = await quiet.watch(start);
        messages.push(own.message);
        readies.push(own.ready);
        empties.push(await quiet.watch(empty));
        if (i === 0) for (const line of own.phases) say(line);
        say(`  ${kernel}: message ${seconds(messages)}, ready ${seconds(readies)}, empty script ${seconds(empties)}`);
      }
      peers.push(await quiet.watch(alpine));
      say(`  Alpine: login ${seconds(peers)}`);
    }
    results.record(ALPINE, median(peers) / 1000);
    for (const { kernel, messages, readies, empties } of found) {
      const names = NAMES(kernel);
      results.record(names.message, median(messages) / 1000);
      results.record(names.ready, median(readies) / 1000);
      results.record(names.empty, median(empties) / 1000);
      results.record(names.alpineShare, median(messages) / median(peers));
      results.record(names.emptyShare, median(messages) / median(empties));
    }
  },
};

/** What starts each contestant once, and tells how long that took in ms. */
async function machines({ folder, say }: Bench) {
  const builder = await ImageBuilder.open();
  const packages = await RelayPackages.compile();
  const ours = [];
  for (const kernel of KERNELS) {
    say(`  writing the cards with the kernel ${kernel}, which takes a while where it has to be compiled`);
    ours.push({ kernel, ...(await withKernel(kernel, builder, packages, join(folder, `boot-${kernel}`))) });
  }
  const home = join(folder, "boot-alpine");
  await mkdir(home, { recursive: true });
  const peer = await stockAlpine(builder.board(BOARD).arch, builder, home);
  const alpine = async () => {
    await using machine = new Machine(peer, builder.tools);
    return await machine.until(/^Welcome to Alpine/); // what stands above "login:", which no line ends
  };
  return { ours, alpine };
}

async function withKernel(kernel: Chosen, builder: ImageBuilder, packages: RelayPackages, folder: string) {
  const { card, bare } = await startCards({ board: BOARD, kernel, plugins: PLUGINS }, builder, packages, folder);
  return {
    async start() {
      await using machine = await card.start();
      const ready = await machine.until(READY);
      const client = await connectSoon(card.port);
      await awaitRelayed(client);
      const message = performance.now() - machine.began;
      client.end(true);
      return { message, ready, phases: formatStart(await startTimes(machine.console, 0)) };
    },
    async empty() {
      await using machine = await bare.start();
      return await machine.until(EMPTY_SAYS);
    },
  };
}

/** The last of them, for people. */
function seconds(millis: readonly number[]): string {
  return `${((millis.at(-1) ?? Number.NaN) / 1000).toFixed(2)} s`;
}
