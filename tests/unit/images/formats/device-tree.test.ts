import { describe, expect, test } from "vitest";
import { isDeviceTree, readDeviceTree, withoutParts } from "../../../../images/formats/device-tree.ts";

/** A tree as dtc writes it: `/ { model = "x"; bus { a@1 { compatible = "one", "two"; reg = <1>; }; b@2 { }; }; };` */
function tree(): Buffer {
  const strings = Buffer.from("model\0compatible\0reg\0");
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const node = (name: string, ...content: Buffer[]) =>
    Buffer.concat([number(1), padded(Buffer.from(`${name}\0`)), ...content, number(2)]);
  const property = (at: number, value: Buffer) => Buffer.concat([number(3), number(value.length), number(at), padded(value)]);
  const a = node("a@1", property(6, Buffer.from("one\0two\0")), property(17, number(1)));
  const structure = Buffer.concat([node("", property(0, Buffer.from("x\0")), node("bus", a, node("b@2"))), number(9)]);
  const head = [
    0xd00dfeed,
    40 + structure.length + strings.length,
    40,
    40 + structure.length,
    0,
    17,
    16,
    0,
    strings.length,
    structure.length,
  ];
  return Buffer.concat([...head.map(number), structure, strings]);
}

const paths = (of: Buffer) => readDeviceTree(of).map(({ path }) => path);

describe("a flattened device tree", () => {
  test("has its nodes in order, with their properties and what they are in", () => {
    const nodes = readDeviceTree(tree());
    expect(nodes.map(({ path, parent }) => [path, parent?.path])).toEqual([
      ["/", undefined],
      ["/bus", "/"],
      ["/bus/a@1", "/bus"],
      ["/bus/b@2", "/bus"],
    ]);
    expect(nodes[2]?.properties.get("compatible")?.toString()).toBe("one\0two\0");
    expect(nodes[2]?.properties.get("reg")?.readUInt32BE(0)).toBe(1);
  });

  test("can lose a node with all that is in it, and a property, and is as long as before", () => {
    expect(paths(withoutParts(tree(), ["/bus/a@1"]))).toEqual(["/", "/bus", "/bus/b@2"]);
    expect(paths(withoutParts(tree(), ["/bus"]))).toEqual(["/"]);
    const less = withoutParts(tree(), ["/bus/a@1:compatible"]);
    expect([...(readDeviceTree(less)[2]?.properties.keys() ?? [])]).toEqual(["reg"]);
    expect(less.length).toBe(tree().length);
  });

  test("says which part isn't there", () => {
    expect(() => withoutParts(tree(), ["/bus/a@1", "/bus/c@3"])).toThrow("/bus/c@3");
  });

  test("that is none, or ends too early, is an error", () => {
    expect(isDeviceTree(Buffer.from("MZ"))).toBe(false);
    expect(() => readDeviceTree(Buffer.alloc(64))).toThrow("no device tree");
    for (let end = 0; end < tree().length - 20; end++) expect(() => readDeviceTree(tree().subarray(0, end)), `${end}`).toThrow();
  });
});
