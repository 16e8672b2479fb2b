import fc from "fast-check";
import { expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { faultsFrom, parseFaults } from "../../../runtime/platform/index.ts";

test("a fault is read with its point, action, time and skips", () => {
  expect(parseFaults("commit:after-write:kill@20,ack:before:delay=50")).toEqual([
    { point: "commit:after-write", action: "kill", millis: 0, skip: 20 },
    { point: "ack:before", action: "delay", millis: 50, skip: 0 },
  ]);
});

test("an error happens once, at the pass that was asked for, and nowhere else", () => {
  const faults = faultsFrom("ack:before:error@2");
  const outcomes = Array.from({ length: 5 }, () => {
    faults.pass("commit:after-write");
    try {
      faults.pass("ack:before");
      return "ok";
    } catch (error) {
      return (error as StepppsError).code;
    }
  });
  expect(outcomes).toEqual(["ok", "ok", "E_FAULT", "ok", "ok"]);
});

test("no fault, no harm", () => {
  for (const spec of [undefined, ""]) faultsFrom(spec).pass("commit:before-write");
});

test("anything that is not a fault is refused with E_FAULT_SPEC", () => {
  for (const spec of ["commit", "commit:after-write", "commit:after-write:burn", "no:such-point:kill", "toString:x:kill"]) {
    expect(() => parseFaults(spec)).toThrow(expect.objectContaining({ code: "E_FAULT_SPEC" }));
  }
  fc.assert(
    fc.property(fc.string(), (spec) => {
      try {
        parseFaults(spec);
      } catch (error) {
        expect(error).toBeInstanceOf(StepppsError);
      }
    }),
  );
});
