import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeviceDocument, parse } from "../../../runtime/contract/index.ts";
import { formatPublicKey, generateKeys, parsePublicKey } from "../../../runtime/trust/index.ts";

const keys = generateKeys();
const line = formatPublicKey(keys.public);

describe("public key line", () => {
  test("reads back as the same key", () => {
    const read = parsePublicKey(line);
    expect(read.id).toBe(keys.public.id);
    expect(read.ed25519.equals(keys.public.ed25519)).toBe(true);
    expect(read.mldsa65.equals(keys.public.mldsa65)).toBe(true);
  });

  test("is what the device document takes as an owner", () => {
    expect(parse(DeviceDocument, { owners: [line] })).toEqual({ owners: [line] });
  });

  test("its id is the SHA-256 of both halves, in hex", () => {
    expect(keys.public.id).toMatch(/^[0-9a-f]{64}$/);
    expect(generateKeys().public.id).not.toBe(keys.public.id);
  });

  test.each([
    ["", "an empty line"],
    ["steppps-key:", "no key"],
    [line.slice(0, -4), "a line cut short"],
    [`${line}AA`, "a longer line"],
    [` ${line}`, "a space before it"],
    [line.replace("steppps-key:", ""), "no prefix"],
    [`${line.slice(0, 40)}\n${line.slice(40)}`, "a line break inside"],
  ])("refuses %#: %2$s", (wrong) => {
    expect(() => parsePublicKey(wrong)).toThrow("E_KEY_FORMAT");
  });

  test("refuses any text that is not a key", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parsePublicKey(`steppps-key:${text}`)).toThrow("E_KEY_FORMAT");
      }),
    );
  });
});
