import fc from "fast-check";
import { expect, test } from "vitest";
import { Turnstile } from "../../../../runtime/mqtt/wire/turnstile.ts";

test("in whatever order turns become ready, they run in the order of entering, without those passed over", () => {
  const turn = fc.record({ at: fc.nat(1000), goes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 50 }), (turns) => {
      const turnstile = new Turnstile();
      const ran: number[] = [];
      const ready = turns.map(({ at, goes }, i) => ({ at, goes, i, open: turnstile.enter(() => ran.push(i)) }));
      for (const { open, goes } of ready.toSorted((a, b) => a.at - b.at)) open(goes);
      expect(ran).toEqual(ready.filter(({ goes }) => goes).map(({ i }) => i));
      expect(turnstile.idle).toBe(true);
    }),
  );
});
