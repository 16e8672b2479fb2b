import fc from "fast-check";
import { expect, test } from "vitest";
import { behindPressure } from "../../../runtime/boot/pressure-gate.ts";
import type { Delivery } from "../../../runtime/mqtt/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";

const message = (topic: string): Delivery => ({
  topic,
  payload: new Uint8Array(),
  qos: 1,
  retain: false,
  from: "a",
  duplicate: false,
  ops: [],
});

test("messages go on in order, none while the journal is behind, and none is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant("send"), fc.constant("busy"), fc.constant("free"))), (steps) => {
      const clock = new VirtualClock();
      let pressure = 0;
      const taken: string[] = [];
      const gate = behindPressure({ pressure: () => pressure }, clock, ({ topic }, done) => {
        expect(pressure).toBeLessThan(1);
        taken.push(topic);
        done();
      });
      let sent = 0;
      for (const step of steps) {
        if (step === "send") gate(message(String(sent++)), () => {});
        else pressure = step === "busy" ? 1 : 0;
        clock.advance(3);
      }
      pressure = 0;
      clock.advance(10);
      expect(taken).toEqual(Array.from({ length: sent }, (_, i) => String(i)));
    }),
  );
});

test("what takes a message may fill the journal", () => {
  const clock = new VirtualClock();
  let pressure = 0;
  const taken: string[] = [];
  const gate = behindPressure({ pressure: () => pressure }, clock, ({ topic }) => {
    taken.push(topic);
    pressure = 1;
  });
  for (const topic of ["a", "b", "c"]) gate(message(topic), () => {});
  expect(taken).toEqual(["a"]);
  for (const topic of ["b", "c"]) {
    pressure = 0;
    clock.advance(5);
    expect(taken.at(-1)).toBe(topic);
  }
});
