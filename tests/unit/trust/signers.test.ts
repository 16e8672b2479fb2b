import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8 } from "../../../runtime/contract/index.ts";
import { type Cbor, CborTagged, decodeCbor, encodeCbor } from "../../../runtime/platform/index.ts";
import { addSignature, generateKeys, openEnvelope, sealEnvelope } from "../../../runtime/trust/index.ts";

const contentType = "application/vnd.steppps.test";
const payload = utf8("what several signed");
const people = Array.from({ length: 3 }, generateKeys);
const ids = people.map((key) => key.public.id).toSorted();
const open = (bytes: Uint8Array, who = people) =>
  openEnvelope(
    bytes,
    who.map((key) => key.public),
    { contentType },
  );

test("signers are named by rising id, in whatever order they signed", () => {
  for (const order of [people, people.toReversed()]) expect(open(sealEnvelope(payload, contentType, order)).signers).toEqual(ids);
});

test("people may sign one after the other; signing again replaces their own signature", () => {
  const [first, second, third] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
  const once = addSignature(addSignature(sealEnvelope(payload, contentType, third), first), second);
  expect(open(once).signers).toEqual(ids);
  const twice = addSignature(once, first);
  expect(twice).toHaveLength(once.length);
  expect(open(twice).signers).toEqual(ids);
});

test("strangers' signatures are passed over; one of a key that counts has to hold", () => {
  const envelope = sealEnvelope(payload, contentType, people);
  expect(open(envelope, people.slice(0, 1)).signers).toEqual([people[0]?.public.id]);
  expect(() => open(envelope, [generateKeys()])).toThrow("E_ENVELOPE_SIGNER");
  const forged = sealEnvelope(payload, contentType, [
    people[0] as never,
    { ...people[1], mldsa65: generateKeys().mldsa65 } as never,
  ]);
  expect(() => open(forged)).toThrow("E_ENVELOPE_SIGNATURE");
});

test("one set of signatures has one encoding: no other order, no pair twice, no more than 16", () => {
  const envelope = sealEnvelope(payload, contentType, people);
  const { value } = decodeCbor(envelope) as unknown as { value: [Uint8Array, Cbor, Uint8Array, Cbor[]] };
  const [body, none, load, signatures] = value;
  const again = (list: Cbor[]) => encodeCbor(new CborTagged(98, [body, none, load, list]));
  expect(again(signatures)).toEqual(envelope);
  const pairs = [0, 2, 4].map((at) => signatures.slice(at, at + 2));
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 20 }), (order) => {
      fc.pre(order.some((at, i) => i > 0 && at <= (order[i - 1] as number)));
      expect(() => open(again(order.flatMap((at) => pairs[at] as Cbor[])))).toThrow("E_ENVELOPE_FORMAT");
    }),
  );
  expect(() => open(again([]))).toThrow("E_ENVELOPE_ALGORITHM");
});
