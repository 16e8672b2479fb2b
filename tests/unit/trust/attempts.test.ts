import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { ATTEMPT_LIMITS, Attempts } from "../../../runtime/trust/index.ts";

const wrong = async () => false;
const right = async () => true;

describe("attempts", () => {
  test("five are free, then each waits twice as long as the one before, up to five minutes", async () => {
    const clock = new VirtualClock();
    const attempts = new Attempts(clock);
    for (let i = 0; i < 5; i++) expect(await attempts.run("10.0.0.1", wrong)).toEqual({ ok: false });
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const attempt = await attempts.run("10.0.0.1", right);
      if (!("waitMillis" in attempt)) throw new Error("it was looked at");
      waits.push(attempt.waitMillis);
      clock.advance(attempt.waitMillis);
      expect(await attempts.run("10.0.0.1", wrong)).toEqual({ ok: false });
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000));
  });

  test("another address is not held up, and a right password forgets the wrong ones", async () => {
    const clock = new VirtualClock();
    const attempts = new Attempts(clock);
    for (let i = 0; i < 4; i++) await attempts.run("10.0.0.1", wrong);
    expect(await attempts.run("10.0.0.1", right)).toEqual({ ok: true });
    for (let i = 0; i < 5; i++) expect(await attempts.run("10.0.0.1", wrong)).toEqual({ ok: false });
    expect(await attempts.run("10.0.0.2", right)).toEqual({ ok: true });
  });

  test.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff:1:2:3", true],
    ["2001:db8:1:2::1", "2001:DB8:1:2::9", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["::1", "::2", true],
    ["::ffff:10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1", "10.0.0.2", false],
    ["fe80::1%eth0", "fe80::1", true],
  ])("%s and %s count as one: %s", async (one, other, same) => {
    const attempts = new Attempts(new VirtualClock());
    for (let i = 0; i < 5; i++) await attempts.run(one, wrong);
    expect("waitMillis" in (await attempts.run(other, right))).toBe(same);
  });

  test("in all only so many are looked at at once, and only so many wait", async () => {
    const attempts = new Attempts(new VirtualClock());
    const finish: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const slow = () =>
      new Promise<boolean>((resolve) => {
        most = Math.max(most, ++running);
        finish.push(() => {
          running--;
          resolve(false);
        });
      });
    const tries = Array.from({ length: 100 }, (_, i) => attempts.run(`10.0.1.${i}`, slow));
    for (let done = 0; done < 1 + ATTEMPT_LIMITS.waiting; done++) {
      await new Promise((resolve) => setImmediate(resolve));
      finish[done]?.();
    }
    const turnedAway = (await Promise.all(tries)).filter((attempt) => "waitMillis" in attempt);
    expect([most, finish.length, turnedAway.length]).toEqual([1, 17, 83]);
  });

  test("many at once from one address are counted before they are looked at", async () => {
    const attempts = new Attempts(new VirtualClock());
    const looked = await Promise.all(Array.from({ length: 10 }, () => attempts.run("10.0.0.1", wrong)));
    expect(looked.filter((attempt) => !("waitMillis" in attempt))).toHaveLength(5);
  });

  test("a check that fails counts and frees its place", async () => {
    const attempts = new Attempts(new VirtualClock());
    await expect(attempts.run("10.0.0.1", () => Promise.reject(new Error("no memory")))).rejects.toThrow("no memory");
    expect(await attempts.run("10.0.0.1", right)).toEqual({ ok: true });
  });

  test("as many addresses as there may be: memory is bounded", async () => {
    const attempts = new Attempts(new VirtualClock(), { ...ATTEMPT_LIMITS, addresses: 3 });
    for (let i = 0; i < 5; i++) await attempts.run("10.0.0.1", wrong);
    for (const other of ["10.0.0.2", "10.0.0.3", "10.0.0.4"]) await attempts.run(other, wrong);
    expect(await attempts.run("10.0.0.1", right)).toEqual({ ok: true });
  });
});
