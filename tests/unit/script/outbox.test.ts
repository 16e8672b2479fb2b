import fc from "fast-check";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { Outbox } from "../../../runtime/script/workflow/outbox.ts";

const message = (n: number) => [{ topic: String(n), payload: new Uint8Array(0), qos: 1 as const, retain: false }];
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("every parcel reaches the broker, and the cursor never passes one that has not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), fc.integer({ min: 1, max: 90 }), async (answers, parcels) => {
      const clock = new VirtualClock();
      const arrived = new Set<number>();
      let cursor = -1;
      let asked = 0;
      const outbox = new Outbox({
        clock,
        send: async ([first]) => {
          const goes = answers[asked++ % Math.max(1, answers.length)] !== false || asked > 300;
          await (asked % 3 === 0 ? turn() : undefined);
          if (!goes) throw new Error("away");
          arrived.add(Number(first?.topic));
        },
        sent: (seq) => {
          expect(seq).toBeGreaterThanOrEqual(cursor);
          cursor = seq;
          for (let n = 0; n * 10 <= seq && n < parcels; n++) expect(arrived).toContain(n);
        },
      });
      for (let n = 0; n < parcels; n++) outbox.put(n * 10, message(n));
      for (let i = 0; i < 1_000 && outbox.backlog > 0; i++) {
        await turn();
        clock.advance(1_000);
      }
      await outbox.idle();
      expect(arrived.size).toBe(parcels);
      expect(cursor).toBe((parcels - 1) * 10);
    }),
    { numRuns: 60 },
  );
});

test("order is kept while the broker answers", async () => {
  const sent: string[] = [];
  const outbox = new Outbox({
    clock: new VirtualClock(),
    send: async ([first]) => void sent.push(first?.topic ?? ""),
    sent() {},
  });
  for (let n = 0; n < 200; n++) outbox.put(n, message(n));
  await outbox.idle();
  expect(sent).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
});

test("closed, it sends what it has and gives up at the first refusal", async () => {
  let tries = 0;
  const outbox = new Outbox({
    clock: new VirtualClock(),
    send: async () => {
      tries++;
      throw new Error("away");
    },
    sent() {},
  });
  outbox.put(1, message(1));
  outbox.close();
  outbox.put(2, message(2));
  await outbox.idle();
  await turn();
  expect(tries).toBeLessThanOrEqual(2);
  expect(outbox.backlog).toBe(2);
});

test("when it ends it waits a while for the broker's answer, also to what comes last, and not for ever", async () => {
  const clock = new VirtualClock();
  const sent: number[] = [];
  const outbox = new Outbox({ clock, send: () => new Promise(() => {}), sent: (seq) => void sent.push(seq) });
  outbox.close();
  outbox.put(0, message(0));
  let ended = false;
  void outbox.idle().then(() => {
    ended = true;
  });
  clock.advance(1_000);
  await turn();
  expect(ended).toBe(false);
  clock.advance(5_000);
  await turn();
  expect(ended).toBe(true);
  // It is sent again after the next start.
  expect(outbox.backlog).toBe(1);
  expect(sent).toEqual([]);
});
