import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { Encoder, Tag } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../runtime/contract/index.ts";
import { type Cbor, CborTagged, decodeCbor, encodeCbor } from "../../../runtime/platform/index.ts";
import { generateKeys, openEnvelope, type PublicKey, sealEnvelope } from "../../../runtime/trust/index.ts";

const contentType = "application/vnd.steppps.test";
const keys = generateKeys();
const owners = [generateKeys().public, keys.public];
const payload = utf8("what was signed");
const envelope = sealEnvelope(payload, contentType, keys);
const open = (bytes: Uint8Array, who: readonly PublicKey[] = owners) => openEnvelope(bytes, who, { contentType });

type Signature = [Uint8Array, Cbor, Uint8Array];
type Parts = [Uint8Array, Cbor, Uint8Array, Cbor[]];

/** The envelope with its parts changed, encoded again. */
function changed(change: (parts: Parts) => Cbor[]): Uint8Array {
  const parts = (decodeCbor(envelope) as CborTagged).value as unknown as Parts;
  return encodeCbor(new CborTagged(98, change(structuredClone(parts))));
}

describe("openEnvelope", () => {
  test("hands back what was signed, by whom, and the envelope's id", () => {
    expect(open(envelope)).toEqual({
      payload,
      signer: keys.public.id,
      signers: [keys.public.id],
      id: createHash("sha256").update(envelope).digest("hex"),
    });
  });

  test("any payload goes through", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (any) => {
        expect(open(sealEnvelope(any, contentType, keys)).payload).toEqual(any);
      }),
      { numRuns: 30 },
    );
  });

  test("refuses a flip of any bit", () => {
    fc.assert(
      fc.property(fc.nat(envelope.length * 8 - 1), (bit) => {
        const flipped = envelope.with(bit >> 3, (envelope[bit >> 3] as number) ^ (1 << (bit & 7)));
        expect(() => open(flipped)).toThrow(/^E_ENVELOPE_/);
      }),
      { numRuns: 3000 },
    );
  });

  test("refuses any cut, anything after it, and bytes that are no envelope", () => {
    const cuts = fc.nat(envelope.length - 1).map((length) => envelope.subarray(0, length));
    const longer = fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Uint8Array.from([...envelope, ...more]));
    fc.assert(
      fc.property(fc.oneof(cuts, longer, fc.uint8Array({ maxLength: 500 })), (wrong) => {
        expect(() => open(wrong)).toThrow("E_ENVELOPE_FORMAT");
      }),
    );
  });

  test("refuses a signer that is not an owner", () => {
    expect(() => open(envelope, [generateKeys().public])).toThrow(
      `E_ENVELOPE_SIGNER: An envelope is signed by a key that is not an owner's: ${keys.public.id}`,
    );
    expect(() => open(envelope, [])).toThrow("E_ENVELOPE_SIGNER");
  });

  test("refuses more than it may hold, before it reads any of it", () => {
    expect(() => openEnvelope(envelope, owners, { contentType, maxBytes: 1000 })).toThrow("E_ENVELOPE_SIZE");
    expect(() => open(new Uint8Array(8 * 1024 * 1024 + 1))).toThrow("E_ENVELOPE_SIZE");
  });

  test("refuses another content type", () => {
    expect(() => openEnvelope(envelope, owners, { contentType: "application/vnd.steppps.policy" })).toThrow("E_ENVELOPE_TYPE");
  });

  test("refuses one signature alone, either one", () => {
    expect(() => open(changed(([body, none, load, [first]]) => [body, none, load, [first as Cbor]]))).toThrow(
      "E_ENVELOPE_ALGORITHM",
    );
    expect(() => open(changed(([body, none, load, [, second]]) => [body, none, load, [second as Cbor]]))).toThrow(
      "E_ENVELOPE_ALGORITHM",
    );
  });

  test("refuses signatures in another order, twice the same, or three", () => {
    const orders: ((both: [Cbor, Cbor]) => Cbor[])[] = [([a, b]) => [b, a], ([a]) => [a, a], ([a, b]) => [a, b, b]];
    for (const order of orders) {
      expect(() => open(changed(([body, none, load, both]) => [body, none, load, order(both as [Cbor, Cbor])]))).toThrow(
        "E_ENVELOPE_ALGORITHM",
      );
    }
  });

  test("refuses an envelope of which one half is another key's", () => {
    const other = generateKeys();
    const mixed = { ...keys, mldsa65: other.mldsa65 };
    expect(() => open(sealEnvelope(payload, contentType, mixed))).toThrow(
      "E_ENVELOPE_SIGNATURE: A signature of an envelope does not hold: mldsa65",
    );
    expect(() => open(sealEnvelope(payload, contentType, { ...keys, ed25519: other.ed25519 }))).toThrow(
      "E_ENVELOPE_SIGNATURE: A signature of an envelope does not hold: ed25519",
    );
  });

  test("refuses a header that is marked critical", () => {
    const critical = encodeCbor(
      new Map<number, Cbor>([
        [2, [99]],
        [3, contentType],
        [99, 1],
      ]),
    );
    expect(() => open(changed(([, none, load, both]) => [critical, none, load, both]))).toThrow("E_ENVELOPE_CRITICAL");
  });

  test.each<[string, (parts: Parts) => Cbor[]]>([
    ["an unsigned header", ([body, , load, both]) => [body, new Map([[4, "x"]]), load, both]],
    [
      "a header nobody uses",
      ([, none, load, both]) => [
        encodeCbor(
          new Map<number, Cbor>([
            [3, contentType],
            [7, 1],
          ]),
        ),
        none,
        load,
        both,
      ],
    ],
    ["no content type", ([, none, load, both]) => [encodeCbor(new Map()), none, load, both]],
    ["no payload", ([body, none, , both]) => [body, none, null, both]],
    ["a part too many", (parts) => [...parts, null]],
    [
      "signatures that name different keys",
      ([body, none, load, [a, b]]) => [body, none, load, [a as Cbor, renamed(b as Signature)]],
    ],
  ])("refuses %s", (_, change) => {
    expect(() => open(changed(change))).toThrow("E_ENVELOPE_FORMAT");
  });
});

function renamed([header, none, value]: Signature): Cbor {
  const fields = new Map(decodeCbor(header) as Map<number, Cbor>);
  return [encodeCbor(fields.set(4, new Uint8Array(32))), none, value];
}

describe("beside other implementations", () => {
  const encoder = new Encoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false });
  const rawKey = (key: PublicKey["ed25519"], field: "x" | "pub") =>
    Buffer.from(key.export({ format: "jwk" })[field] as string, "base64url");

  test("noble verifies what we sign, over a structure that cbor-x encodes", () => {
    const { value } = encoder.decode(envelope) as Tag;
    const [body, , load, signatures] = value as [Uint8Array, unknown, Uint8Array, [Uint8Array, unknown, Uint8Array][]];
    const messages = signatures.map(([own]) => encoder.encode(["Signature", body, own, Buffer.alloc(0), load]));
    const [classic, quantum] = signatures.map(([, , signature], i) =>
      [signature, messages[i]].map((part) => Uint8Array.from(part ?? [])),
    );
    const [x, pub] = [rawKey(keys.public.ed25519, "x"), rawKey(keys.public.mldsa65, "pub")];
    expect(ed25519.verify(...(classic as [Uint8Array, Uint8Array]), x)).toBe(true);
    expect(ml_dsa65.verify(...(quantum as [Uint8Array, Uint8Array]), pub)).toBe(true);
  });

  test("we open what noble and cbor-x made", () => {
    const seed = (key: typeof keys.ed25519, field: "d" | "priv") =>
      Buffer.from(key.export({ format: "jwk" })[field] as string, "base64url");
    const kid = Buffer.from(keys.public.id, "hex");
    const body = encoder.encode(new Map([[3, contentType]]));
    const signers = [
      { alg: -19, sign: (message: Uint8Array) => ed25519.sign(message, seed(keys.ed25519, "d")) },
      { alg: -49, sign: (message: Uint8Array) => ml_dsa65.sign(message, ml_dsa65.keygen(seed(keys.mldsa65, "priv")).secretKey) },
    ];
    const signatures = signers.map(({ alg, sign }) => {
      const own = encoder.encode(
        new Map<number, unknown>([
          [1, alg],
          [4, kid],
        ]),
      );
      const message = encoder.encode(["Signature", body, own, Buffer.alloc(0), Buffer.from(payload)]);
      return [own, new Map(), Buffer.from(sign(Uint8Array.from(message)))];
    });
    const foreign = encoder.encode(new Tag([body, new Map(), Buffer.from(payload), signatures], 98));
    expect(Buffer.from(open(foreign).payload)).toEqual(Buffer.from(payload));
  });
});
