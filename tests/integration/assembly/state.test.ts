import { decode, Encoder } from "cbor-x";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../../../runtime/contract/index.ts";
import { describeEffects, type Guest } from "../../support/guest.ts";
import { build } from "./build.ts";

const SOURCE = `
import { Duration, duration, JsonWriter, log, Message, on, publish, reject, config, state, StateMap, workflow } from "steppps";
class Point { x: f64 = 0; label: string = "new"; tags: string[] = []; }
@workflow({ version: "1.0.0" })
class Stateful {
  @config greeting: string = "hi";
  @config often: i32 = 3;
  @config much: f64 = 1.5;
  @config loud: bool = false;
  @config wait: Duration = duration("3m");
  @state flag: bool = false;
  @state count: i32 = 0;
  @state big: u64 = 0;
  @state ratio: f64 = NaN;
  @state small: f32 = 0;
  @state name: string = "";
  @state bytes: Uint8Array = new Uint8Array(0);
  @state list: i64[] = [];
  @state at: Point = new Point();
  @state totals: StateMap<string, f64> = new StateMap();
  @state points: StateMap<i32, Point> = new StateMap();

  @on("set") set(message: Message): void {
    const json = message.json();
    const key = json.string("key");
    const number = json.f64("number", 0);
    const op = json.i32("op");
    if (op == 0) this.flag = !this.flag;
    if (op == 1) this.count += json.i32("number");
    if (op == 2) this.big = <u64>json.i64("number");
    if (op == 3) this.ratio = number;
    if (op == 4) this.small = <f32>number;
    if (op == 5) this.name = key;
    if (op == 6) this.bytes = message.payload;
    if (op == 7) this.list.push(json.i64("number"));
    if (op == 8) { this.at.x = number; this.at.tags.push(key); }
    if (op == 9) this.totals.set(key, number);
    if (op == 10) this.totals.delete(key);
    if (op == 11) { const id = json.i32("id"); if (!this.points.has(id)) this.points.set(id, new Point()); this.points.get(id).x = number; }
    if (op == 12 && this.points.has(json.i32("id"))) this.points.get(json.i32("id")).label = key;
    if (op == 13) this.points.delete(json.i32("id"));
    if (op == 14) this.totals.clear();
    if (op == 15) this.list = [];
  }
  @on("read") read(): void {
    const out = new JsonWriter(true).push(this.flag).push(this.count).push(this.big).push(this.ratio).push(this.small).push(this.name);
    out.push(this.bytes.length).push(this.list).push(this.at.x).push(this.at.label).push(this.at.tags).push(this.totals.keys()).push(this.totals.values());
    const ids = this.points.keys();
    for (let i = 0; i < ids.length; i++) out.push(ids[i]).push(this.points.get(ids[i]).x).push(this.points.get(ids[i]).label);
    publish("out", out);
  }
  @on("settings") settings(): void {
    publish("out", new JsonWriter(true).push(this.greeting).push(this.often).push(this.much).push(this.loud).push(this.wait));
  }
  @on("refuse") refuse(): void { this.count = 99; reject("because"); }
  @on("trap") trap(): void { const none: i32[] = []; this.count = none[5]; }
}`;

const cbor = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true });
let guest: () => Guest;
beforeAll(async () => {
  ({ guest } = await build(SOURCE));
});

type Stored = Map<string, Uint8Array>;

/** Saves, and puts what the guest changed into the store; the keys that changed. */
function commit(one: Guest, stored: Stored): string[] {
  one.save();
  const changed: string[] = [];
  for (const { call, args } of one.take()) {
    if (call !== "state_set" && call !== "state_delete") continue;
    const key = new TextDecoder().decode(args[0]);
    changed.push(key);
    if (call === "state_set") stored.set(key, args[1]);
    else stored.delete(key);
  }
  return changed;
}

function restore(stored: Iterable<readonly [string, Uint8Array]>): Guest {
  const one = guest();
  for (const [name, payload] of stored) expect(one.handle({ kind: "restore", name, payload })).toBe("ok");
  expect(one.handle({ kind: "configure", payload: cbor.encode({}) })).toBe("ok");
  return one;
}

function read(one: Guest): string {
  expect(one.message(1, "read", "")).toBe("ok");
  return describeEffects(one.take())[0] as string;
}

const op = fc.record({
  op: fc.integer({ min: 0, max: 15 }),
  key: fc.string({ unit: "grapheme", maxLength: 5 }),
  number: fc.oneof(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.constantFrom(0, 1, 2 ** 53)),
  id: fc.integer({ min: -3, max: 3 }),
});

describe("state", () => {
  test("an instance that was restored cannot be told from one that went on", () => {
    fc.assert(
      fc.property(fc.array(fc.array(op, { maxLength: 6 }), { maxLength: 6 }), fc.infiniteStream(fc.nat()), (batches, order) => {
        const stored: Stored = new Map();
        const going = restore([]);
        for (const batch of batches) {
          for (const one of batch) expect(going.message(0, "set", JSON.stringify(one))).toBe("ok");
          commit(going, stored);
          // In whichever order the entries come back.
          const shuffled = [...stored].map((entry) => [order.next().value, entry] as const).sort(([a], [b]) => a - b);
          const back = restore(shuffled.map(([, entry]) => entry));
          expect(read(back)).toBe(read(going));
          expect(commit(back, new Map())).toEqual([]);
          expect(commit(going, stored)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("only what changed is stored, under its field or field/key, as CBOR", () => {
    const stored: Stored = new Map();
    const one = restore([]);
    expect(commit(one, stored)).toEqual([]);
    one.message(0, "set", '{"op":1,"number":5}');
    one.message(0, "set", '{"op":9,"key":"kü/che","number":2.5}');
    one.message(0, "set", '{"op":11,"id":-3,"number":7}');
    expect(commit(one, stored).sort()).toEqual(["count", "points/-3", "totals/kü/che"]);
    const values = Object.fromEntries([...stored].map(([key, value]) => [key, decode(value)]));
    expect(values).toEqual({ count: 5, "points/-3": { x: 7, tags: [], label: "new" }, "totals/kü/che": 2.5 });
    // Maps are in the order of RFC 8949, section 4.2.1.
    expect(Buffer.from(stored.get("points/-3") as Uint8Array).toString("hex")).toBe(
      "a36178f94700647461677380656c6162656c636e6577",
    );

    one.message(0, "set", '{"op":1,"number":3}');
    one.message(0, "set", '{"op":1,"number":-3}');
    one.message(0, "set", '{"op":9,"key":"kü/che","number":2.5}');
    one.message(1, "read", "");
    expect(commit(one, stored)).toEqual([]);
  });

  test("unknown entries are left alone, and fields of classes may come and go", () => {
    const one = restore([
      ["gone", cbor.encode(7)],
      ["gone/x", cbor.encode(7)],
      ["points/1", cbor.encode({ x: 4, old: [1] })],
    ]);
    expect(read(one)).toContain('1,4,"new"]');
  });

  test.each([
    ["count", "text"],
    ["count", 1.5],
    ["count", 2 ** 40],
    ["flag", 1],
    ["big", -1],
    ["name", 5],
    ["bytes", "x"],
    ["list", { a: 1 }],
    ["list", ["x"]],
    ["at", []],
    ["at", { x: "far" }],
    ["totals/a", "x"],
    ["points/1", 5],
  ])("an entry %s that holds %j now is refused, and its name is logged", (name, value) => {
    const one = guest();
    expect(one.handle({ kind: "restore", name, payload: cbor.encode(value) })).toBe("badState");
    expect(describeEffects(one.take())[0]).toContain(`log 3 stored state "${name}" is not what its field holds now`);
  });

  test("an entry of any bytes is taken or refused, never a trap", () => {
    const names = fc.constantFrom(
      "flag",
      "count",
      "big",
      "ratio",
      "small",
      "name",
      "bytes",
      "list",
      "at",
      "totals/a",
      "points/1",
      "points/x",
    );
    fc.assert(
      fc.property(names, fc.uint8Array({ maxLength: 30 }), (name, payload) => {
        expect(["ok", "badState"]).toContain(guest().handle({ kind: "restore", name, payload }));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("settings", () => {
  const settings = (one: Guest): unknown => {
    one.message(2, "settings", "");
    return JSON.parse((describeEffects(one.take())[0] as string).slice("publish out ".length, -" 0".length));
  };

  test("come over the defaults; unknown ones are left alone", () => {
    const one = guest();
    expect(settings(one)).toEqual(["hi", 3, 1.5, false, 180_000]);
    expect(
      one.handle({
        kind: "configure",
        payload: cbor.encode({ greeting: "grüß", much: 2, loud: true, wait: 7_000_000_000, new: 1 }),
      }),
    ).toBe("ok");
    expect(settings(one)).toEqual(["grüß", 3, 2, true, 7_000_000_000]);
  });

  test.each([
    { greeting: 5 },
    { often: "3" },
    { often: 1.5 },
    { often: 2 ** 35 },
    { much: "x" },
    { loud: 1 },
    { wait: "3m" },
    [],
  ])("%j is refused", (value) => {
    const one = guest();
    expect(one.handle({ kind: "configure", payload: cbor.encode(value) })).toBe("badConfig");
    expect(describeEffects(one.take())[0]).toContain("log 3 ");
  });
});

test("reject says so and why; the next message is handled", () => {
  const one = restore([]);
  expect(one.message(3, "refuse", "")).toBe("rejected");
  expect(describeEffects(one.take())).toEqual(["log 2 rejected: because"]);
  expect(one.message(1, "read", "")).toBe("ok");
});

test("a trap names the file and the line", () => {
  expect(() => restore([]).message(4, "trap", "")).toThrow(/Index out of range/);
});

test("a handler that is not there", () => {
  expect(restore([]).message(5, "x", "")).toBe("unknownHandler");
});

test("nothing in use is collected, and nothing out of use is kept", () => {
  const stored: Stored = new Map();
  const one = restore([]);
  let most = 0;
  for (const [i, change] of fc.sample(op, 20_000).entries()) {
    one.message(0, "set", JSON.stringify(change));
    if (i % 50 === 0) commit(one, stored);
    most = Math.max(most, one.memoryBytes);
  }
  commit(one, stored);
  expect(read(restore(stored))).toBe(read(one));
  expect(most).toBeLessThan(4 * 1024 * 1024);
});

test("memory stays where it is, whatever the messages leave behind", () => {
  const one = restore([]);
  const payload = utf8(JSON.stringify({ op: 5, key: "x".repeat(2000) }));
  for (let i = 0; i < 2000; i++) one.message(0, "set", payload);
  commit(one, new Map());
  const before = one.memoryBytes;
  for (let i = 0; i < 20_000; i++) {
    one.message(0, "set", payload);
    if (i % 100 === 0) commit(one, new Map());
  }
  expect(one.memoryBytes).toBe(before);
  expect(before).toBeLessThan(2 * 1024 * 1024);
});
