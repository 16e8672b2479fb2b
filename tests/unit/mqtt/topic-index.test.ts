import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { topicMatches } from "../../../runtime/contract/index.ts";
import { TopicIndex } from "../../../runtime/mqtt/index.ts";

const level = fc.constantFrom("a", "b", "", "$SYS", "__proto__", "constructor", "é");
const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([levels, rest]) => (rest ? [...levels, "#"] : levels).join("/"));

function found(index: TopicIndex<number>, name: string): number[] {
  const values: number[] = [];
  index.match(name, (value) => values.push(value));
  return values.sort((a, b) => a - b);
}

test("finds what a scan of all filters finds, while filters come and go", () => {
  const step = fc.record({ filter, value: fc.nat(3), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(topic, { minLength: 1, maxLength: 10 }), (steps, topics) => {
      const index = new TopicIndex<number>();
      const model = new Map<string, { filter: string; value: number }>();
      for (const { filter, value, add } of steps) {
        const key = `${filter} ${value}`;
        expect(add ? index.add(filter, value) : index.remove(filter, value)).toBe(add !== model.has(key));
        if (add) model.set(key, { filter, value });
        else model.delete(key);
      }
      expect(index.size).toBe(model.size);
      for (const name of topics) {
        const wanted = [...model.values()].filter(({ filter }) => topicMatches(filter, name)).map(({ value }) => value);
        expect(found(index, name)).toEqual(wanted.sort((a, b) => a - b));
        expect(index.matches(name)).toBe(wanted.length > 0);
      }
    }),
  );
});

test("looks at as much for a topic among 10,000 filters as among 10", () => {
  const looks = (count: number) => {
    const index = new TopicIndex<number>();
    for (let i = 0; i < count; i++) index.add(i % 2 ? `site/${i}/+/temperature` : `site/${i}/boiler/#`, i);
    const get = vi.spyOn(Map.prototype, "get");
    expect(found(index, "site/7/boiler/temperature")).toEqual([7]);
    const looked = get.mock.calls.length;
    get.mockRestore();
    return looked;
  };
  expect(looks(10_000)).toBe(looks(10));
});
