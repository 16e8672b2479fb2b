import fc from "fast-check";
import { expect, test } from "vitest";
import { eachOp, GroupWriter, splitGroup } from "../../../runtime/store/group.ts";
import type { Value } from "../../../runtime/store/statements/column.ts";
import { type Op, STATEMENT_LIST, STATEMENT_NUMBER } from "../../../runtime/store/statements/index.ts";

function write(commits: readonly (readonly Op[])[], room = 16): Uint8Array {
  const writer = new GroupWriter(new ArrayBuffer(room));
  for (const ops of commits) writer.add(ops);
  return new Uint8Array(writer.take(), 0, writer.bytes);
}

function read(group: Uint8Array): unknown[][] {
  const names = [...STATEMENT_NUMBER.keys()];
  const ops: unknown[][] = [];
  eachOp(group, (statement, values) =>
    ops.push([names[statement], ...values.map((value) => (value instanceof Uint8Array ? new Uint8Array(value) : value))]),
  );
  return ops;
}

const VALUES = {
  text: fc.string({ unit: "grapheme" }),
  int: fc.maxSafeInteger(),
  blob: fc.uint8Array({ maxLength: 300 }),
};

/** Any op of any statement. */
const anyOp = fc.constantFrom(...STATEMENT_NUMBER).chain(([name, number]) =>
  fc
    .tuple(
      ...(STATEMENT_LIST[number]?.params ?? []).map((column): fc.Arbitrary<Value> => {
        const value = VALUES[column.replace("?", "") as keyof typeof VALUES] as fc.Arbitrary<Value>;
        return column.endsWith("?") ? fc.option(value) : value;
      }),
    )
    .map((values) => [name, ...values] as unknown as Op),
);

test("ops come out as they went in, whatever the statements, commit by commit", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyOp, { maxLength: 5 }), { maxLength: 6 }), (commits) => {
      const group = write(commits);
      expect(read(group)).toEqual(commits.flat());
      expect(splitGroup(group).map(read)).toEqual(commits);
    }),
  );
});

test("values are copied when they are added", () => {
  const value = new Uint8Array([1, 2, 3]);
  const group = write([[["state.set", "plugin", "key", value]]]);
  value.fill(0);
  expect(read(group)).toEqual([["state.set", "plugin", "key", new Uint8Array([1, 2, 3])]]);
});

test("a value that its statement does not take is refused, and its whole commit with it", () => {
  const writer = new GroupWriter(new ArrayBuffer(16));
  const good: Op = ["meta.set", "a", "b"];
  writer.add([good]);
  const wrong: unknown[] = [
    ["meta.set", "a"],
    ["meta.set", "a", "b", "c"],
    ["meta.set", "a", null],
    ["meta.set", "a", 1],
    ["no.such", "a"],
    ["toString"],
    ["event.trim", 1.5],
    ["event.trim", 2 ** 53],
    ["event.trim", Number.NaN],
    ["event.trim", 1n],
    ["state.set", "p", "k", "text"],
    ["state.set", "p", "k", undefined],
    ["state.set", "p", "k", new ArrayBuffer(3)],
  ];
  for (const op of wrong) {
    expect(() => writer.add([good, op as Op])).toThrow(expect.objectContaining({ code: "E_STORE_VALUE" }));
  }
  writer.add([good]);
  expect(read(new Uint8Array(writer.take(), 0, writer.bytes))).toEqual([good, good]);
});
