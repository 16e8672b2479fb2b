import { join } from "node:path";
import { type StartTimes, startTimes } from "../../../../images/qemu/phases.ts";
import { READY } from "../../image/card.ts";
import { EMPTY_SAYS, startCards } from "../../image/cards.ts";
import { ImageBuilder } from "../../image/subject.ts";
import { median } from "../../quantile.ts";
import { RelayPackages } from "../../relay/package.ts";
import type { Suite } from "../../suite.ts";

const STARTS = 3;
const PLUGINS = 10;
const COUNTED = { countInstructions: true } as const;

const READY_AT = "phases: messages are handled, since the kernel started";
const EMPTY_AT = "phases: the same image whose Node runs an empty script, to that script";
/** PID 1's, each over at that time; and the supervisor's, which overlap, each for so long. */
const OVER = ["kernel", "check", "start", "heartbeat"] as const;
const TOOK = ["document", "journal", "engine", "broker", "plugins", "control"] as const;
const overName = (name: string) => `phases: ${name} is over, since the kernel started`;
const tookName = (name: string) => `phases: ${name} takes the supervisor`;

export const phases: Suite = {
  name: "phases",
  about:
    "Where the time of a start goes, by a clock that goes by the instructions of the emulated x86_64 processor, two nanoseconds for each " +
    "(QEMU's icount): other work on this machine changes little of it, and two versions can be compared. The trimmed kernel, " +
    `${PLUGINS} durable plugins, each start after a pulled plug; medians of ${STARTS}.`,
  expects: [
    ...[READY_AT, EMPTY_AT, ...OVER.map(overName), ...TOOK.map(tookName)].map((name) => ({ name, unit: "ms", bound: null })),
  ],
  async run({ quick, folder, results, say }) {
    const builder = await ImageBuilder.open();
    const wanted = { board: "qemu-x86_64", kernel: "steppps", plugins: PLUGINS } as const;
    const { card, bare } = await startCards(wanted, builder, await RelayPackages.compile(), join(folder, "phases"));
    const starts: StartTimes[] = [];
    const empties: number[] = [];
    for (let i = 0; i < (quick ? 1 : STARTS); i++) {
      {
        await using machine = await card.start(COUNTED);
        await machine.until(READY);
        starts.push(await startTimes(machine.console, 0));
      }
      await using machine = await bare.start(COUNTED);
      await machine.until(EMPTY_SAYS);
      empties.push(1000 * Number((await machine.console.line(EMPTY_SAYS))[1]));
      say(`  ready ${starts.at(-1)?.ready} ms, empty script ${empties.at(-1)} ms`);
    }
    const at = (pick: (times: StartTimes) => number | undefined) => median(starts.map((times) => pick(times) ?? Number.NaN));
    results.record(
      READY_AT,
      at(({ ready }) => ready),
    );
    results.record(EMPTY_AT, median(empties));
    for (const name of OVER)
      results.record(
        overName(name),
        at((times) => times.phases.find((one) => one.name === name)?.at),
      );
    for (const name of TOOK)
      results.record(
        tookName(name),
        at((times) => times.supervisor.find((one) => one.name === name)?.at),
      );
  },
};
