/** A process that commits until it is killed: `node victim.ts FILE SEED N,N,… FAULT here`, N being each caller's next commit. */
import { writeSync } from "node:fs";
import { openJournal } from "../../../runtime/store/index.ts";
import { CALLERS, commitOf } from "./workload.ts";

const [file = "", seed = "0", next = "", faultSpec, here] = process.argv.slice(2);
const journal = await openJournal({ file, faultSpec, here: here !== undefined });
const from = next.split(",").map(Number);

for (let caller = 0; caller < CALLERS; caller++) {
  void (async () => {
    for (let n = from[caller] ?? 0; ; n++) {
      await journal.commit(commitOf(Number(seed), caller, n));
      writeSync(1, `${caller} ${n}\n`); // at once: what is printed was acknowledged
    }
  })();
}

// While they commit: a journal that was opened here goes over to its thread.
await journal.toThread();
