import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Manifest } from "../../../runtime/contract/index.ts";
import { type Cbor, decodeCbor, encodeCbor, fromPlain, toPlain } from "../../../runtime/platform/index.ts";
import { openEnvelope } from "../../../runtime/trust/envelope.ts";
import { generateKeys, openPackage, PLUGIN_CONTENT_TYPE, sealEnvelope, signPackage } from "../../../runtime/trust/index.ts";

const keys = generateKeys();
const owners = [keys.public];
const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const manifest: Manifest = {
  abi: 1,
  name: "hall-light",
  version: "1.2.3",
  handlers: [{ kind: "message", filter: "zigbee2mqtt/{sensor}", method: "motion" }],
  capabilities: { publish: ["zigbee2mqtt/{light}/set"], timers: true, state: true },
  config: [{ name: "gain", type: "f64", default: 0.1, min: -1.5 }],
  state: [],
  limits: DEFAULT_LIMITS,
  durability: "durable",
};

/** A package as an owner with other tools, or other intentions, might sign it. */
const signed = (payload: unknown) => sealEnvelope(encodeCbor(fromPlain(payload)), PLUGIN_CONTENT_TYPE, keys);

describe("package", () => {
  test("opens as what was signed", () => {
    const opened = openPackage(signPackage({ type: "plugin", manifest, wasm }, keys), owners);
    expect(opened).toMatchObject({ manifest, signer: keys.public.id });
    expect(Buffer.from(opened.wasm)).toEqual(Buffer.from(wasm));
  });

  test("weighs 3.6 KB more than its payload at most", () => {
    const envelope = signPackage({ type: "plugin", manifest, wasm }, keys);
    const { payload } = openEnvelope(envelope, owners, { contentType: PLUGIN_CONTENT_TYPE });
    expect(envelope.length - payload.length).toBeLessThan(3_600);
  });

  test("is not signed when no device would take it", () => {
    const bad = { ...manifest, name: "Hall Light" };
    expect(() => signPackage({ type: "plugin", manifest: bad, wasm }, keys)).toThrow("E_SCHEMA");
    expect(() => signPackage({ type: "plugin", manifest, wasm: new Uint8Array(8) }, keys)).toThrow("E_PACKAGE");
    const large = new Uint8Array(8 * 1024 * 1024);
    large.set(wasm);
    expect(() => signPackage({ type: "plugin", manifest, wasm: large }, keys)).toThrow("E_ENVELOPE_SIZE");
  });

  test.each<[string, unknown]>([
    ["another type", { type: "policy", manifest, wasm }],
    ["no module", { type: "plugin", manifest }],
    ["a module that is none", { type: "plugin", manifest, wasm: utf16("\0asm") }],
    ["a component, not a core module", { type: "plugin", manifest, wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0) }],
    ["no manifest", { type: "plugin", wasm }],
    ["a field too many", { type: "plugin", manifest, wasm, extra: 1 }],
    ["a manifest field too many", { type: "plugin", manifest: { ...manifest, root: true }, wasm }],
    ["another ABI", { type: "plugin", manifest: { ...manifest, abi: 2 }, wasm }],
    [
      "limits beyond the ceiling",
      { type: "plugin", manifest: { ...manifest, limits: { ...DEFAULT_LIMITS, memoryBytes: 2 ** 40 } }, wasm },
    ],
    ["a list", [1, 2]],
    ["a number", 7],
  ])("refuses %s, well signed as it is", (_, payload) => {
    expect(() => openPackage(signed(payload), owners)).toThrow("E_PACKAGE");
  });

  test("refuses any payload that is no package", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        expect(() => openPackage(sealEnvelope(payload, PLUGIN_CONTENT_TYPE, keys), owners)).toThrow("E_PACKAGE");
      }),
      { numRuns: 50 },
    );
  });
});

describe("plain values", () => {
  test("come back as they were", () => {
    const plain = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(plain, (value) => {
        expect(toPlain(decodeCbor(encodeCbor(fromPlain(value))))).toEqual(value);
      }),
    );
  });

  test("a key named __proto__ stays a key", () => {
    const plain = toPlain(new Map<string, Cbor>([["__proto__", "x"]])) as object;
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(Object.keys(plain)).toEqual(["__proto__"]);
  });

  test.each([() => 1, 1n, Symbol("x"), undefined])("refuses %o", (value) => {
    expect(() => fromPlain(value)).toThrow("E_CBOR");
  });

  test("refuses numbers as keys", () => {
    expect(() => toPlain(new Map([[1, "x"]]))).toThrow("E_CBOR");
  });
});

function utf16(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf16le"));
}
