import fc from "fast-check";
import { expect, test } from "vitest";
import { maskSource } from "../../../../assembly/compiler/mask.ts";

test("comments and strings go, code stays where it is", () => {
  expect(maskSource('a = "b"; // c\nd')).toBe('a = " ";     \nd');
  expect(maskSource("a /* b\nc */ d")).toBe("a     \n     d");
  expect(maskSource("x(`a${b}c`)")).toBe("x(`   b}  )");
});

test("any text keeps its length and its lines", () => {
  const pieces = fc.constantFrom('"', "'", "`", "${", "}", "{", "//", "/*", "*/", "\n", "\\", "a", " ", "/", "\\\n");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      const masked = maskSource(text);
      expect(masked.length).toBe(text.length);
      expect(lineEnds(masked)).toEqual(lineEnds(text));
    }),
    { numRuns: 2000 },
  );
});

function lineEnds(text: string): number[] {
  return [...text.matchAll(/\n/g)].map((match) => match.index);
}
