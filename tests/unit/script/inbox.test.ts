import fc from "fast-check";
import { expect, test } from "vitest";
import { Inbox } from "../../../runtime/script/workflow/inbox.ts";
import { offer } from "./offers.ts";

const LIMITS = { count: 50, bytes: 500 };
const step = fc.oneof(
  fc.record({ do: fc.constant("push" as const), size: fc.nat(60), inside: fc.boolean() }),
  fc.record({ do: fc.constant("take" as const), count: fc.integer({ min: 1, max: 20 }), bytes: fc.nat(200) }),
  fc.record({ do: fc.constant("back" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant("inside" as const), count: fc.integer({ min: 1, max: 5 }) }),
);

test("is a queue with a bound, whatever is done with it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const inbox = new Inbox(LIMITS);
      let model: ReturnType<typeof offer>[] = [];
      for (const one of steps) {
        if (one.do === "push") {
          const pushed = offer({ payload: new Uint8Array(one.size), ...(one.inside && { inside: true }) });
          inbox.push(pushed);
          model.push(pushed);
        } else if (one.do === "inside") {
          const expected = model.filter(({ inside }) => inside).slice(0, one.count);
          expect(inbox.takeInside(one.count)).toEqual(expected);
          model = model.filter((waiting) => !expected.includes(waiting));
        } else {
          const bytes = one.do === "take" ? one.bytes : 1000;
          const taken = inbox.take(one.count, bytes);
          expect(taken).toEqual(model.slice(0, taken.length));
          expect(taken.length).toBe(Math.min(taken.length, one.count));
          if (model.length > 0) expect(taken.length).toBeGreaterThan(0);
          if (taken.length > 1) expect(sizeOf(taken)).toBeLessThanOrEqual(bytes);
          if (one.do === "back") inbox.unshift(taken);
          else model = model.slice(taken.length);
        }
        expect(inbox.length).toBe(model.length);
        expect(inbox.full).toBe(model.length >= LIMITS.count || sizeOf(model) >= LIMITS.bytes);
      }
      expect(inbox.drain()).toEqual(model);
      expect(inbox.full).toBe(false);
    }),
  );
});

function sizeOf(offers: readonly { payload: Uint8Array }[]): number {
  return offers.reduce((total, { payload }) => total + payload.length, 0);
}
