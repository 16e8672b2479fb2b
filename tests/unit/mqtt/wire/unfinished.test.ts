import { expect, test } from "vitest";
import { Unfinished } from "../../../../runtime/mqtt/wire/unfinished.ts";

const holder = (ended: string[], name: string) => ({
  ending: ({ code }: { code: string }) => void ended.push(`${name} ${code}`),
});

test("beyond the bound one has to go that holds much, and only that one", () => {
  const ended: string[] = [];
  const unfinished = new Unfinished(100);
  const [a, b, c] = [holder(ended, "a"), holder(ended, "b"), holder(ended, "c")];
  unfinished.count(a, 30);
  unfinished.count(b, 60);
  unfinished.count(a, 40);
  expect(ended).toEqual([]);
  unfinished.count(c, 1);
  expect(ended).toEqual(["b E_MQTT_UNFINISHED"]);
  expect(unfinished.bytes).toBe(41);
});

test("what is finished no longer counts", () => {
  const unfinished = new Unfinished(100);
  const one = holder([], "a");
  for (let i = 0; i < 1000; i++) {
    unfinished.count(one, 99);
    unfinished.count(one, 0);
  }
  expect(unfinished.bytes).toBe(0);
});
