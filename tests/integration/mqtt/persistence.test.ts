import assert from "node:assert";
import { createRequire } from "node:module";
import { afterAll, test } from "vitest";
import { JournalPersistence } from "../../../runtime/mqtt/broker/persistence/journal-persistence.ts";
import { DEFAULT_LIMITS } from "../../../runtime/mqtt/limits.ts";
import { Tally } from "../../../runtime/mqtt/tally.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";

/** What the suite of aedes asks of node:test's context. */
interface Context {
  plan(count: number): void;
  diagnostic(text: string): void;
  readonly assert: typeof assert;
}

interface Suite {
  test(name: string, run: (context: Context) => Promise<void>): void;
  persistence(): Promise<JournalPersistence>;
  testAsync: boolean;
}

const require = createRequire(import.meta.url);
const abstractSuite = require("aedes-persistence/abstract.js") as (suite: Suite) => void;
const journals: Journal[] = [];

afterAll(async () => {
  for (const journal of journals) await journal.close();
});

// The same tests that aedes' own memory, Redis and MongoDB stores have to pass
abstractSuite({
  test(name, run) {
    test(name, async () => {
      let planned: number | undefined;
      let made = 0;
      const counting = new Proxy(assert, {
        get(target, name) {
          made++;
          return Reflect.get(target, name);
        },
      });
      const plan = (count: number) => {
        planned = count;
      };
      await run({ plan, diagnostic: () => {}, assert: counting });
      if (planned !== undefined) assert.equal(made, planned, "every planned check was made");
    });
  },
  async persistence() {
    const journal = await openJournal({ file: ":memory:" });
    journals.push(journal);
    return new JournalPersistence({ journal, limits: DEFAULT_LIMITS, tally: new Tally(), onChange: () => {} });
  },
  testAsync: true,
});
