import { appendFileSync } from "node:fs";
import { faultsFrom } from "../../../../runtime/platform/index.ts";
import type { Op } from "../../../../runtime/store/index.ts";
import { openJournal } from "../../../../runtime/store/index.ts";
import { Bench } from "./bench.ts";
import { buildKeepers, FIRST, OTHER } from "./keepers.ts";

/**
 * A process of its own that lives through a deploy and may be killed at any point of it; what it began goes on when it is started
 * again. `node mortal.ts FOLDER restore|settle`, with STEPPPS_FAULT. Exits with 0 once all of it is done.
 */
const BEFORE = 10;
const DURING = 30;
export const ALL = 35;

async function live(folder: string, end: "restore" | "settle"): Promise<void> {
  const spec = process.env.STEPPPS_FAULT;
  const journal = await openJournal({ file: `${folder}/journal.db`, faultSpec: spec });
  const versions = await buildKeepers(FIRST, OTHER);
  const send = async (_: string, messages: readonly { topic: string; payload: Uint8Array }[]) => {
    for (const { topic, payload } of messages) appendFileSync(`${folder}/sent`, `${topic} ${Buffer.from(payload)}\n`);
  };
  const bench = await Bench.start(versions, { journal, faults: faultsFrom(spec), inTest: false, ports: { send } });
  const step = async () => (await journal.read("meta.one", "step"))[0]?.value;
  const mark = (value: string): Op => ["meta.set", "step", value];
  const seen = new Set((await journal.read("seen.recent", 1000)).map(({ id }) => id));
  const until = async (last: number) => {
    for (let n = 1; n <= last; n++) {
      if (seen.has(String(n))) continue;
      seen.add(String(n));
      await bench.send(n % 7 === 0 ? "in/bad" : "in/add", n, { ops: [["seen.add", "keeper", String(n), n]] });
      await bench.workflow.idle();
      // Further apart than a batch of inputs that are handled again may reach.
      bench.clock.advance(20);
    }
  };
  await until(BEFORE);
  if ((await step()) === undefined) await bench.swap("2.0.0", true, [mark("swapped")]);
  if ((await step()) === "swapped") {
    await until(DURING);
    if (end === "restore") await bench.restore([mark("over")]);
    else await bench.workflow.settle([mark("over")]);
  }
  await bench.workflow.idle();
  await until(ALL);
  await bench.workflow.idle();
  await bench.workflow.close();
  await journal.close();
}

const [folder, end] = process.argv.slice(2);
if (folder !== undefined) await live(folder, end as "restore");
