import fc from "fast-check";
import { expect, test } from "vitest";
import { topicMatches } from "../../../runtime/contract/index.ts";
import { TopicTree } from "../../../runtime/mqtt/topic-tree.ts";

const level = fc.constantFrom("a", "b", "", "$SYS", "__proto__", "constructor");
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => (rest || levels.length === 0 ? [...levels, "#"] : levels).join("/"));

test("finds what a scan of all topics finds, while topics come and go", () => {
  const step = fc.record({ topic, value: fc.nat(), set: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(filter, { minLength: 1, maxLength: 10 }), (steps, filters) => {
      const tree = new TopicTree<number>();
      const model = new Map<string, number>();
      for (const { topic, value, set } of steps) {
        if (set) tree.set(topic, value);
        else expect(tree.delete(topic)).toBe(model.has(topic));
        if (set) model.set(topic, value);
        else model.delete(topic);
        expect(tree.get(topic)).toBe(model.get(topic));
      }
      expect(tree.size).toBe(model.size);
      for (const filter of filters) {
        const wanted = [...model].filter(([topic]) => topicMatches(filter, topic)).map(([, value]) => value);
        expect([...tree.match(filter)].sort()).toEqual(wanted.sort());
      }
    }),
  );
});
