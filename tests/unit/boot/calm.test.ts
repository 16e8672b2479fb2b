import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { calm } from "../../../runtime/boot/calm.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";

/** ms until it is calm, where the loop works so much in each window; the last one goes on. */
async function calmAfter(shares: readonly number[]): Promise<number> {
  const clock = new VirtualClock(0);
  const left = [...shares];
  let over = false;
  void calm(clock, () => (left.length > 1 ? left.shift() : left[0]) ?? 0).then(() => {
    over = true;
  });
  for (let i = 0; i < 100 && !over; i++) {
    clock.advance(100);
    await turn();
  }
  return clock.monotonic();
}

test("a pause is waited for, and not for ever", async () => {
  expect(await calmAfter([0])).toBe(300);
  expect(await calmAfter([0.9, 0.5, 0.1])).toBe(900);
  expect(await calmAfter([1])).toBe(3000);
});

test("the real loop comes to rest", async () => {
  const clock = new VirtualClock(0);
  const over = calm(clock);
  for (let i = 0; i < 10; i++) {
    clock.advance(300);
    await turn();
  }
  await over;
  expect(clock.monotonic()).toBe(3000);
});
