import { faultsFrom } from "../../../../runtime/platform/index.ts";
import { openJournal } from "../../../../runtime/store/index.ts";
import { Device } from "../support.ts";
import { atWork, buildCounters } from "./counters.ts";
import { forgetfulEngine } from "./forgetful-engine.ts";

/**
 * A device in a process of its own, that may be killed: `node mortal.ts FOLDER begin|damaged`, with STEPPPS_FAULT.
 *
 *   begin     the second version of a counter is on probation and has handled three inputs
 *   damaged   it can't be started any more; says what is at work then, how deploys ended, what is counted and what is left to do
 */
async function live(folder: string, step: string): Promise<void> {
  const spec = process.env.STEPPPS_FAULT;
  const journal = await openJournal({ file: `${folder}/journal.db`, faultSpec: spec });
  const { first, other } = await buildCounters();
  const engine = forgetfulEngine();
  if (step === "damaged") engine.refuses.push(other.wasm);
  const device = await Device.start({ inTest: false, gate: 3_600_000, journal, engine, faults: faultsFrom(spec) });
  if (step === "begin") {
    await device.deploy(first);
    for (let i = 0; i < 10; i++) await device.send("in/add", 1);
    await device.deploy(other);
    for (let i = 0; i < 3; i++) await device.send("in/add", 1);
    await device.idle();
  } else {
    await device.idle();
    await device.send("in/add", 1);
    await device.idle();
    const deploys = await device.deploys.list();
    const over = deploys.map(({ version, outcome, error }) => [version, outcome, error?.code].filter(Boolean).join(" "));
    const left = [...(await journal.read("rerun.one", "counter")), ...(await journal.read("probation.head", "counter"))];
    const count = device.said("out/count").at(-1);
    process.stdout.write(JSON.stringify({ atWork: atWork(device), deploys: over, count, left: left.length }));
  }
  await device.stop();
  await journal.close();
}

const [folder, step] = process.argv.slice(2);
if (folder !== undefined && step !== undefined) await live(folder, step);
