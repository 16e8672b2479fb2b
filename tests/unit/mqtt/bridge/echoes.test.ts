import { expect, test } from "vitest";
import { Echoes } from "../../../../runtime/mqtt/bridge/echoes.ts";

const bytes = (text: string) => Buffer.from(text);

test("what was sent comes back as often as it was sent, and for a while", () => {
  let now = 0;
  const echoes = new Echoes(() => now);
  echoes.sent("a", bytes("1"));
  echoes.sent("a", bytes("1"));
  expect(echoes.isEcho("a", bytes("2"))).toBe(false);
  expect(echoes.isEcho("b", bytes("1"))).toBe(false);
  expect([1, 2, 3].map(() => echoes.isEcho("a", bytes("1")))).toEqual([true, true, false]);
  echoes.sent("a", bytes("1"));
  now = 61_000;
  expect(echoes.isEcho("a", bytes("1"))).toBe(false);
});

test("what never comes back is forgotten, the oldest first", () => {
  const echoes = new Echoes(() => 0);
  for (let i = 0; i < 10_001; i++) echoes.sent(`t/${i}`, bytes(""));
  expect(echoes.isEcho("t/0", bytes(""))).toBe(false);
  expect(echoes.isEcho("t/10000", bytes(""))).toBe(true);
});
