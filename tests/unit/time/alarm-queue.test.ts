import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { createAlarmQueue } from "../../../runtime/time/index.ts";

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("set" as const), key: fc.nat(20), in: fc.integer({ min: -5, max: 30_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), key: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(15_000) }) },
);

describe("alarm queue", () => {
  test("rings what a list of alarms would, when it would", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const clock = new VirtualClock(0);
        const queue = createAlarmQueue(clock);
        const rang: string[] = [];
        const expected: string[] = [];
        const model = new Map<number, { due: number; order: number }>();
        let order = 0;
        for (const step of commands) {
          if (step.do === "set") {
            const due = clock.now() + step.in;
            model.set(step.key, { due, order: order++ });
            queue.set(String(step.key), due, () => rang.push(`${step.key} at ${clock.now()}`));
          } else if (step.do === "cancel") {
            model.delete(step.key);
            queue.cancel(String(step.key));
          } else {
            const end = clock.now() + step.ms;
            const due = [...model].filter(([, alarm]) => alarm.due <= end);
            // What is overdue when it is set rings at once.
            for (const [key, alarm] of due) {
              expected.push(`${key} at ${Math.max(alarm.due, clock.now())}`);
              model.delete(key);
            }
            clock.advance(step.ms);
            expect(rang.toSorted()).toEqual(expected.toSorted());
          }
        }
        const times = rang.map((line) => Number(line.split(" ")[2]));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });

  test("a timer that is set anew again and again takes no more room", () => {
    const clock = new VirtualClock(0);
    const queue = createAlarmQueue(clock);
    let rang = 0;
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 500_000; i++) queue.set("dead-man", 3_600_000 + i, () => rang++);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30 * 1024 * 1024);
    clock.advance(4_200_000);
    expect(rang).toBe(1);
  });

  test("tells of a jump before anything rings or is set, and of slewing not at all", () => {
    const clock = new VirtualClock(0);
    const queue = createAlarmQueue(clock);
    const jumps: number[] = [];
    queue.onJump((delta) => jumps.push(delta));
    queue.set("a", 5_000, () => {});
    clock.jump(1_000_000);
    queue.set("b", 1_005_000, () => {});
    expect(jumps).toEqual([1_000_000]);
    clock.jump(clock.now() - 400_000);
    clock.advance(10_000);
    expect(jumps).toEqual([1_000_000, -400_000]);
    queue.set("far", 100_000_000, () => {});
    for (let i = 0; i < 100; i++) {
      clock.jump(clock.now() + 50);
      clock.advance(10_000);
    }
    queue.set("c", clock.now(), () => {});
    expect(jumps).toHaveLength(2);
  });

  test("rings nothing once it is closed", () => {
    const clock = new VirtualClock(0);
    const queue = createAlarmQueue(clock);
    let rang = 0;
    queue.set("a", 1_000, () => rang++);
    queue.close();
    queue.set("b", 1_000, () => rang++);
    clock.advance(5_000);
    expect(rang).toBe(0);
  });
});
