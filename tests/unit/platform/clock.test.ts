import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock, VirtualClock } from "../../../runtime/platform/index.ts";

test("a virtual clock rings each alarm at its own time, in order, with those set meanwhile", () => {
  const clock = new VirtualClock(1000);
  const rang: string[] = [];
  const note = (name: string) => rang.push(`${name} at ${clock.now()}`);
  clock.after(20, () => note("late"));
  clock.after(10, () => {
    note("early");
    clock.after(5, () => note("set meanwhile"));
  });
  clock.advance(15);
  expect(rang).toEqual(["early at 1010", "set meanwhile at 1015"]);
  expect(clock.nextIn()).toBe(5);
  clock.advance(5);
  expect(rang[2]).toBe("late at 1020");
  expect(clock.nextIn()).toBeUndefined();
});

test("a jump of the wall time rings nothing and moves no alarm", () => {
  const clock = new VirtualClock(0);
  const rang: number[] = [];
  clock.after(100, () => rang.push(clock.monotonic()));
  clock.jump(1_000_000);
  expect(clock.nextIn()).toBe(100);
  clock.jump(-5);
  clock.advance(100);
  expect(rang).toEqual([100]);
  expect(clock.now()).toBe(95);
});

test("a cancelled alarm stays silent", () => {
  const clock = new VirtualClock();
  const alarm = clock.after(1, () => expect.unreachable());
  alarm.cancel();
  clock.advance(10);
});

test("alarms ring in the order of their time, then of being set, however time is cut up", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (waits, steps) => {
        const clock = new VirtualClock(0);
        const rang: number[] = [];
        waits.forEach((wait, i) => {
          clock.after(wait, () => rang.push(i));
        });
        for (const step of steps) clock.advance(step);
        clock.advance(60);
        const expected = waits.map((wait, i) => ({ wait, i })).sort((a, b) => a.wait - b.wait || a.i - b.i);
        expect(rang).toEqual(expected.map(({ i }) => i));
      },
    ),
  );
});

test("the system's clock calls once, and not when cancelled", async () => {
  const clock = systemClock();
  clock.after(1, () => expect.unreachable()).cancel();
  const before = clock.monotonic();
  await new Promise<void>((resolve) => clock.after(5, resolve));
  expect(clock.monotonic()).toBeGreaterThan(before);
});
