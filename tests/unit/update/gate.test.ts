import { expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { type HealthCheck, passGate } from "../../../runtime/update/gate.ts";

const BEFORE = { plugins: [], broker: true, uplink: false };

/** What becomes of a gate whose one check says `faultAt(ms)`, and after how many ms. */
async function outcome(faultAt: (ms: number) => string | undefined, steadyMs: number, limitMs: number) {
  const clock = new VirtualClock();
  const check: HealthCheck = { name: "broker", fault: () => faultAt(clock.monotonic()) };
  const options = { checks: [check], before: BEFORE, clock, steadyMs, limitMs, signal: new AbortController().signal };
  let result: { fault: string | undefined; after: number } | undefined;
  void passGate(options).then((fault) => {
    result = { fault, after: clock.monotonic() };
  });
  while (!result) {
    await new Promise(setImmediate);
    clock.advance(clock.nextIn() ?? 0);
  }
  return result;
}

test("it passes when all has been well for long enough", async () => {
  expect(await outcome(() => undefined, 5_000, 60_000)).toEqual({ fault: undefined, after: 5_000 });
});

test("a fault on the way begins the time anew", async () => {
  const { fault, after } = await outcome((ms) => (ms === 3_000 ? "no answer" : undefined), 5_000, 60_000);
  expect(fault).toBeUndefined();
  expect(after).toBe(9_000);
});

test("it is given up at its limit, and says what is wrong then", async () => {
  expect(await outcome(() => "no answer", 5_000, 20_000)).toEqual({ fault: "broker: no answer", after: 20_000 });
  const { fault } = await outcome((ms) => (ms % 2_000 === 0 ? "no answer" : undefined), 5_000, 19_000);
  expect(fault).toBe("it was well for too short a time");
});

test("a check that throws is a fault", async () => {
  const thrown = () => {
    throw new Error("ENOSPC");
  };
  expect(await outcome(thrown, 0, 0)).toEqual({ fault: "broker: ENOSPC", after: 0 });
});
