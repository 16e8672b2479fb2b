import fc from "fast-check";
import { expect, test } from "vitest";
import { readDocument } from "../../../runtime/boot/read-document.ts";
import {
  decodeEffects,
  decodeInputs,
  parseDuration,
  parseTopic,
  parseTopicFilter,
  StepppsError,
} from "../../../runtime/contract/index.ts";
import { openPackage, parsePublicKey } from "../../../runtime/trust/index.ts";
import { guest, manifest, owner, sealed } from "./support.ts";

/** Whatever goes in, what comes out is a value or an error of the catalogue. */
function onlyOurErrors(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(StepppsError);
  }
}

const bytes = fc.uint8Array({ maxLength: 400 });
const text = fc.string({ unit: "binary", maxLength: 200 });

test.each([
  ["envelopes", (input: Uint8Array) => openPackage(input, [owner.public])],
  ["effects", (input: Uint8Array) => decodeEffects(input)],
])("random bytes as %s", (_, read) => {
  fc.assert(fc.property(bytes, (input) => onlyOurErrors(() => read(input))));
});

test.each([
  ["documents", readDocument],
  ["topics", parseTopic],
  ["topic filters", parseTopicFilter],
  ["durations", parseDuration],
  ["keys", parsePublicKey],
] as [string, (input: string) => unknown][])("random text as %s", (_, read) => {
  fc.assert(fc.property(text, (input) => onlyOurErrors(() => read(input))));
});

test("a batch that is cut or changed anywhere is a value or an error of the catalogue", () => {
  fc.assert(fc.property(bytes, (input) => onlyOurErrors(() => decodeInputs(input))));
});

test("an envelope with any part changed, cut or moved is never taken", () => {
  const good = sealed(manifest("good"), guest());
  const at = fc.nat(good.length - 1);
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), at, (place, change, cut) => {
      const changed = good.slice();
      changed[place] = (changed[place] as number) ^ change;
      for (const bad of [changed, good.subarray(0, cut), good.subarray(cut + 1)])
        expect(() => openPackage(bad, [owner.public])).toThrow(StepppsError);
    }),
    { numRuns: 150 },
  );
  expect(openPackage(good, [owner.public]).manifest.name).toBe("good");
});
