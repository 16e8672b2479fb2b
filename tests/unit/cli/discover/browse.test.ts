import fc from "fast-check";
import { expect, test } from "vitest";
import { readAnswers } from "../../../../runtime/cli/discover/browse.ts";

const NAME = "kitchen._steppps._tcp.local";
const answers = [
  { name: "_steppps._tcp.local", type: "PTR", data: NAME },
  { name: NAME, type: "SRV", data: { target: "kitchen.local", port: 1883 } },
  {
    name: NAME,
    type: "TXT",
    data: [Buffer.from("device=kitchen"), Buffer.from("version=1.2.3"), Buffer.from("paired=1"), Buffer.from("tls=8883")],
  },
  { name: "kitchen.local", type: "A", data: "192.168.1.7" },
];

test("an answer tells of a device", () => {
  expect(readAnswers(answers, "192.168.1.9")).toEqual([
    { device: "kitchen", address: "192.168.1.7", host: "kitchen.local", port: 1883, version: "1.2.3", paired: true, tls: 8883 },
  ]);
});

test("without its address it is where the answer came from; names are the same in any case of letters", () => {
  const some = answers.slice(0, 2).map((answer) => ({ ...answer, name: answer.name.toUpperCase() }));
  expect(readAnswers(some, "192.168.1.9")).toMatchObject([{ device: "kitchen", address: "192.168.1.9", paired: false }]);
});

test("other services, and half an answer, tell of nothing", () => {
  expect(readAnswers([], "x")).toEqual([]);
  expect(readAnswers(answers.slice(0, 1), "x")).toEqual([]);
  expect(readAnswers([{ name: "_http._tcp.local", type: "PTR", data: NAME }, ...answers.slice(1)], "x")).toEqual([]);
});

test("whatever a stranger answers is survived", () => {
  const name = fc.oneof(fc.constantFrom("_steppps._tcp.local", NAME, "kitchen.local"), fc.string());
  const data = fc.oneof(
    name,
    fc.anything(),
    fc.array(fc.uint8Array().map(Buffer.from)),
    fc.record({ target: name, port: fc.anything() }),
  );
  const answer = fc.record({ name, type: fc.constantFrom("PTR", "SRV", "TXT", "A"), data });
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 8 }), (all) => {
      for (const found of readAnswers(all, "x")) expect(found.device.length).toBeLessThanOrEqual(63);
    }),
  );
});
