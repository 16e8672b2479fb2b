import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeInputs } from "../../../runtime/contract/index.ts";
import { readSnapshot, StateImage } from "../../../runtime/script/workflow/image.ts";

const change = fc.array(
  fc.tuple(fc.constantFrom("a", "b", "c/1", "c/2"), fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined })),
  { maxLength: 4 },
);

/** What the image counts for an entry beside its bytes, and room for three small ones. */
const ENTRY = 128;
const LIMIT = 3 * ENTRY + 100;

test("takes all of a change or none of it, and never more than its limit", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const image = new StateImage([], LIMIT);
      let model = new Map<string, Uint8Array>();
      for (const entries of changes) {
        const next = new Map(model);
        for (const [key, value] of new Map(entries)) value ? next.set(key, value) : next.delete(key);
        const bytes = [...next].reduce((total, [key, value]) => total + key.length + value.length + ENTRY, 0);
        if (bytes > LIMIT) expect(() => image.apply(new Map(entries))).toThrowError(/^E_GUEST_MEMORY/);
        else {
          image.apply(new Map(entries));
          model = next;
        }
        expect(new Map(image.entries)).toEqual(model);
        expect(image.bytes).toBe([...model].reduce((total, [key, value]) => total + key.length + value.length + ENTRY, 0));
      }
      expect(readSnapshot(image.snapshot())).toEqual(model);
      expect(decodeInputs(image.restoreBatch(new Uint8Array([0xa0]))).map(({ kind }) => kind)).toEqual([
        ...[...model].map(() => "restore"),
        "configure",
      ]);
    }),
  );
});
