import fc from "fast-check";
import { expect, test } from "vitest";
import { PIECE_FORM, StepppsError } from "../../../runtime/contract/index.ts";
import { encodeCbor, fromPlain } from "../../../runtime/platform/index.ts";
import { decodeOffer, decodeWant, encodeWant, makeOffer } from "../../../runtime/transfer/offer.ts";
import { baseOf, decodePiece, encodePiece } from "../../../runtime/transfer/piece.ts";

const BYTES = Uint8Array.from({ length: 9000 }, (_, i) => (i * i) >> 3);
const { offer, encoded, chunks } = makeOffer({ type: "plugin", bytes: BYTES, options: { canary: 10 } }, ["ab".repeat(32)]);

function refusal(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(StepppsError);
    return (error as StepppsError).code;
  }
}

test("an offer is read as it was made", () => {
  expect(decodeOffer(encoded, 1_000_000)).toEqual({ ...offer, hashes: new Uint8Array(offer.hashes) });
});

test("whatever is offered, it is an offer or refused with a code", () => {
  const mutated = fc.tuple(fc.nat(encoded.length - 1), fc.nat(255), fc.nat(encoded.length)).map(([at, byte, end]) => {
    const copy = encoded.slice(0, end);
    if (at < copy.length) copy[at] = byte;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (payload) => {
      expect([undefined, "E_TRANSFER_OFFER", "E_TRANSFER_SIZE"]).toContain(refusal(() => decodeOffer(payload, 1_000_000)));
      expect([undefined, "E_TRANSFER_OFFER"]).toContain(refusal(() => decodeWant(payload, 10)));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  { average: 1000 },
  { average: 512 },
  { bytes: 0 },
  { bytes: 8999 },
  { lengths: [9000] },
  { lengths: [0, 9000] },
  { lengths: [1.5, 8998.5] },
  { hashes: new Uint8Array(16) },
  { bases: new Uint8Array(17) },
  { options: { canary: 100 } },
  { options: { canary: "10" } },
  { type: 5 },
])("an offer with %j is refused", (change) => {
  const payload = encodeCbor(fromPlain({ ...offer, ...change }));
  expect(refusal(() => decodeOffer(payload, 1_000_000))).toBe("E_TRANSFER_OFFER");
});

test("a want is read as it was made", () => {
  const error = { code: "E_X", what: "w", detail: "d", fix: "f" };
  for (const want of [{ missing: [] }, { missing: [0, 3], base: new Uint8Array(16).fill(7) }, { missing: [], error }]) {
    expect(decodeWant(encodeWant(want), 10)).toEqual(want);
  }
  expect(refusal(() => decodeWant(encodeWant({ missing: [10] }), 10))).toBe("E_TRANSFER_OFFER");
});

test("any chunks survive their piece, with a base and without", () => {
  const base = { id: "cd".repeat(32), bytes: BYTES.slice(100, 5000) };
  fc.assert(
    fc.property(fc.subarray([...chunks.keys()], { minLength: 1 }), fc.boolean(), (indexes, delta) => {
      const some = indexes.map((index) => ({ index, data: chunks[index] as Uint8Array }));
      const piece = encodePiece(some, delta ? base : undefined);
      if (piece[0] === PIECE_FORM.delta) expect(baseOf(piece)).toBe("cd".repeat(8));
      const read = decodePiece(piece, offer, delta ? base.bytes : undefined);
      expect(read.map(({ index, data }) => ({ index, data: new Uint8Array(data) }))).toEqual(
        some.map(({ index, data }) => ({ index, data: new Uint8Array(data) })),
      );
    }),
  );
});

test("whatever a piece holds, it is those chunks or refused", () => {
  const whole = encodePiece(
    chunks.map((data, index) => ({ index, data })),
    undefined,
  );
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = whole.slice();
      copy[at] = byte;
      return copy;
    }),
  );
  fc.assert(
    fc.property(any, (piece) => {
      expect([undefined, "E_TRANSFER_CHUNK"]).toContain(
        refusal(() => {
          for (const { index, data } of decodePiece(piece, offer, undefined)) {
            expect(Buffer.from(data).equals(chunks[index] as Uint8Array)).toBe(true);
          }
        }),
      );
    }),
    { numRuns: 500 },
  );
});
