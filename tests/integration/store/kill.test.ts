import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { applyTo, CALLERS, commitOf, hex, type Model } from "./workload.ts";

const VICTIM = fileURLToPath(new URL("victim.ts", import.meta.url));

/** Kills by fault point at a certain pass, or from outside after so many acknowledgements. */
const anyKill = fc.oneof(
  fc.record({
    point: fc.constantFrom("commit:before-write", "commit:after-write", "commit:after-commit"),
    skip: fc.nat(60),
    here: fc.boolean(),
  }),
  fc.record({ acknowledged: fc.nat(200), here: fc.boolean() }),
);
type Kill = ({ point: string; skip: number } | { acknowledged: number }) & { here: boolean };

/** Runs a victim until its end; the number of the last commit that each caller was told of, or one less than it began with. */
async function killOnce(file: string, seed: number, next: readonly number[], kill: Kill): Promise<number[]> {
  const fault = "point" in kill ? `${kill.point}:kill@${kill.skip}` : "";
  const child = spawn(process.execPath, [VICTIM, file, `${seed}`, next.join(","), fault, ...(kill.here ? ["here"] : [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if ("acknowledged" in kill) {
    let lines = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      lines += chunk.toString().split("\n").length - 1;
      if (lines > kill.acknowledged) child.kill("SIGKILL");
    });
  }
  const [output, [, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(signal).toBe("SIGKILL");
  const last = next.map((n) => n - 1);
  for (const line of output.split("\n").slice(0, -1)) {
    const [caller = 0, n = 0] = line.split(" ").map(Number);
    last[caller] = n;
  }
  return last;
}

async function rows(journal: Journal, caller: number): Promise<Model> {
  const plugin = `plugin-${caller}`;
  const state = await journal.read("state.all", plugin);
  const batches = await journal.read("batch.after", plugin, -1, 1_000_000);
  return new Map([
    ...state.map(({ key, value }) => [`state ${key}`, hex(value)] as const),
    ...batches.map(({ seq, inputs, effects }) => [`batch ${seq}`, hex(inputs) + hex(effects)] as const),
  ]);
}

test("whenever it is killed, a journal has all that it acknowledged, and of what was in flight all or nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1e6), fc.array(anyKill, { minLength: 3, maxLength: 6 }), async (seed, kills) => {
      using folder = tempFolder("kill");
      const file = join(folder.path, "journal.db");
      const callers = Array.from({ length: CALLERS }, (_, caller) => ({ caller, next: 0, model: new Map() as Model }));
      for (const kill of kills) {
        const acknowledged = await killOnce(
          file,
          seed,
          callers.map(({ next }) => next),
          kill,
        );
        const journal = await openJournal({ file });
        expect(["new", "clean", "recovered"]).toContain(journal.opened.state);
        for (const one of callers) {
          const goOn = () => applyTo(one.model, commitOf(seed, one.caller, one.next++));
          while (one.next <= (acknowledged[one.caller] ?? -1)) goOn();
          const found = await rows(journal, one.caller);
          if (found.has(`batch ${one.next}`)) goOn(); // in flight: it may be there, whole
          expect(found).toEqual(one.model);
        }
        await journal.close();
      }
    }),
    { numRuns: 6 },
  );
});
