import { expect, test } from "vitest";
import { Deadlines } from "../../../runtime/inference/deadlines.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";

function setUp() {
  const clock = new VirtualClock();
  const late: string[] = [];
  const deadlines = new Deadlines<{ name: string; until: number }>(clock, ({ name }) => late.push(name));
  return { clock, late, deadlines, at: (until: number, name = `${until}`) => ({ name, until }) };
}

test("each is late at its own time, whatever the order they came in", () => {
  const { clock, late, deadlines, at } = setUp();
  for (const until of [300, 100, 200, 100]) deadlines.add(at(until));
  clock.advance(99);
  expect(late).toEqual([]);
  clock.advance(1);
  expect(late).toEqual(["100", "100"]);
  clock.advance(150);
  expect(late).toEqual(["100", "100", "200"]);
  deadlines.add(at(260));
  clock.advance(100);
  expect(late).toEqual(["100", "100", "200", "260", "300"]);
});

test("what is over before is never late, and nothing keeps the clock when nothing waits", () => {
  const { clock, late, deadlines, at } = setUp();
  const [one, other] = [at(100), at(200)];
  deadlines.add(one);
  deadlines.add(other);
  deadlines.delete(one);
  deadlines.delete(one);
  clock.advance(150);
  expect(late).toEqual([]);
  deadlines.delete(other);
  expect(clock.nextIn()).toBeUndefined();
  clock.advance(100);
  expect(late).toEqual([]);
});

test("one that takes another with it when it is late doesn't have it told twice", () => {
  const clock = new VirtualClock();
  const late: string[] = [];
  const pair = [
    { name: "a", until: 100 },
    { name: "b", until: 100 },
  ] as const;
  const deadlines = new Deadlines<{ name: string; until: number }>(clock, (one) => {
    late.push(one.name);
    for (const each of pair) deadlines.delete(each);
  });
  for (const each of pair) deadlines.add(each);
  clock.advance(200);
  expect(late).toEqual(["a"]);
});
