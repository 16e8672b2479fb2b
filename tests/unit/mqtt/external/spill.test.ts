import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { Spill } from "../../../../runtime/mqtt/external/spill.ts";
import { Tally } from "../../../../runtime/mqtt/tally.ts";
import { type Journal, openJournal } from "../../../../runtime/store/index.ts";

function makeSpill(journal: Journal, limitMessages: number, tally = new Tally()): Spill {
  return new Spill({ journal, tally, limitMessages, limitBytes: 1 << 20, priority: ({ topic }) => Number(topic) });
}

async function drain(spill: Spill): Promise<string[]> {
  const got: string[] = [];
  for (let message = await spill.take(); message; message = await spill.take()) {
    got.push(`${message.topic}:${Buffer.from(message.payload)}`);
    await spill.sent(message.number);
  }
  return got;
}

test("keeps the newest of the highest priorities, gives the highest first, oldest first, and survives a restart", async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ add: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ take: fc.constant(true) }) },
    { weight: 1, arbitrary: fc.record({ restart: fc.constant(true) }) },
  );
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 8 }), async (steps, limit) => {
      let spill = makeSpill(journal, limit);
      let model: { priority: number; text: string }[] = [];
      const byWorth = () => model.toSorted((a, b) => b.priority - a.priority);
      for (const [i, step] of steps.entries()) {
        if ("add" in step) {
          await spill.add({ topic: `${step.add}`, payload: Buffer.from(`${i}`), qos: 1, retain: false });
          model.push({ priority: step.add, text: `${step.add}:${i}` });
          if (model.length > limit) {
            const lowest = Math.min(...model.map(({ priority }) => priority));
            const victim = model.find(({ priority }) => priority === lowest);
            model = model.filter((one) => one !== victim);
          }
        } else if ("take" in step) {
          const message = await spill.take();
          const wanted = byWorth()[0];
          expect(message && `${message.topic}:${Buffer.from(message.payload)}`).toBe(wanted?.text);
          if (message) await spill.sent(message.number);
          model = model.filter((one) => one !== wanted);
        } else {
          spill = makeSpill(journal, limit);
          await spill.load();
        }
        expect(spill.size).toBe(model.length);
      }
      expect(await drain(spill)).toEqual(byWorth().map(({ text }) => text));
    }),
    { numRuns: 40 },
  );
});

test("counts what it drops", async () => {
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const tally = new Tally();
  const spill = makeSpill(journal, 3, tally);
  const add = (priority: number) => spill.add({ topic: `${priority}`, payload: Buffer.from("x"), qos: 0, retain: false });
  for (const priority of [2, 2, 2, 1, 2, 3]) await add(priority);
  expect(tally.dropped.spillFull).toBe(3);
  expect(await drain(spill)).toEqual(["3:x", "2:x", "2:x"]);
});
