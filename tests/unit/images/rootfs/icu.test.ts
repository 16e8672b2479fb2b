import { describe, expect, test } from "vitest";
import { isKept, trimIcu } from "../../../../images/rootfs/icu.ts";

/** A program with a package of ICU's data in it, as the ICU's own tool writes one; names sorted. */
function program(files: Readonly<Record<string, string>>, before = "code"): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt16LE(32);
  header.set([0xda, 0x27], 2);
  header.write("CmnD", 12);
  const names = Object.keys(files).sort();
  const table = Buffer.alloc(4 + names.length * 8);
  table.writeUInt32LE(names.length);
  let at = table.length;
  const parts: Buffer[] = [];
  const add = (bytes: Buffer) => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const [i, name] of names.entries()) {
    table.writeUInt32LE(at, 4 + i * 8);
    add(Buffer.from(`icudt78l/${name}\0`));
  }
  for (const [i, name] of names.entries()) {
    add(Buffer.alloc((16 - (at % 16)) % 16));
    table.writeUInt32LE(at, 8 + i * 8);
    add(Buffer.from(files[name] as string));
  }
  return Buffer.concat([Buffer.from(before), header, table, ...parts, Buffer.from("more code")]);
}

/** What ICU finds under each name. */
function contents(bytes: Buffer): Record<string, string> {
  const table = bytes.indexOf("CmnD") - 12 + 32;
  const entry = (i: number, what: number) => table + bytes.readUInt32LE(table + 4 + i * 8 + what);
  const count = bytes.readUInt32LE(table);
  const found: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    const name = bytes.toString("latin1", entry(i, 0), bytes.indexOf(0, entry(i, 0)));
    const end = i + 1 < count ? entry(i + 1, 4) : bytes.indexOf(0, entry(i, 4));
    found[name] = bytes.toString("latin1", entry(i, 4), end).replace(/\0+$/, "");
  }
  return found;
}

describe("a smaller package of ICU's data", () => {
  const files = {
    "brkitr/char.brk": "characters",
    "coll/de.res": "German order",
    "coll/root.res": "order",
    "de.res": "German",
    "en.res": "English",
    "gb18030.cnv": "a code page",
    "zoneinfo64.res": "time zones",
    "zu.res": "Zulu",
  };

  test("has what belongs to no other language, unchanged and aligned", () => {
    const before = program(files);
    const after = trimIcu(before);
    expect(contents(after)).toEqual({
      "icudt78l/brkitr/char.brk": "characters",
      "icudt78l/coll/root.res": "order",
      "icudt78l/en.res": "English",
      "icudt78l/zoneinfo64.res": "time zones",
    });
    const table = after.indexOf("CmnD") + 20;
    for (let i = 0; i < after.readUInt32LE(table); i++) expect(after.readUInt32LE(table + 8 + i * 8) % 16).toBe(0);
  });

  test("leaves the program around it where it was", () => {
    const before = program(files);
    const after = trimIcu(before);
    expect(after.length).toBe(before.length);
    expect(after.subarray(0, 36)).toEqual(before.subarray(0, 36));
    expect(after.toString().endsWith("more code")).toBe(true);
    expect(after.includes("German")).toBe(false);
  });

  test("refuses a program that has none, two, or one whose last file would be needed", () => {
    expect(() => trimIcu(Buffer.from("a program"))).toThrow(/0 packages/);
    expect(() => trimIcu(Buffer.concat([program(files), program(files)]))).toThrow(/2 packages/);
    const { "zu.res": _, ...without } = files;
    expect(() => trimIcu(program(without))).toThrow(/not as this knows it/);
  });
});

describe("what stays of ICU's data", () => {
  test.each([
    "root.res",
    "en.res",
    "en_GB.res",
    "curr/pool.res",
    "lang/en_001.res",
    "metaZones.res",
    "brkitr/word.brk",
    "uts46.nrm",
  ])("%s does", (path) => expect(isKept(path)).toBe(true));
  test.each([
    "de.res",
    "zone/sr_Latn_RS.res",
    "es_419.res",
    "ca_ES_VALENCIA.res",
    "translit/root.res",
    "ibm-970.cnv",
    "brkitr/thaidict.dict",
  ])("%s doesn't", (path) => expect(isKept(path)).toBe(false));
});
