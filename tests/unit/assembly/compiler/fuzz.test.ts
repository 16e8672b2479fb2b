import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { findUnsupported } from "../../../../assembly/compiler/unsupported.ts";
import { collected } from "./transform/collected.ts";

const EXAMPLE = readFileSync(new URL("../../../../assembly/examples/cold-chain/plugin.ts", import.meta.url), "utf8");
const PIECES = [
  "@",
  "(",
  ")",
  "{",
  "}",
  '"',
  "`",
  "${",
  "class",
  "@state",
  "@on(",
  "?.",
  "/*",
  "\n",
  "=>",
  ":",
  "<",
  ">",
  ",",
  ";",
  "5",
  "\u{1f600}",
  "\ud800",
];

/** An example with a span taken out and something else put in. */
const broken = fc
  .tuple(fc.nat(EXAMPLE.length), fc.nat(60), fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }))
  .map(([at, span, pieces]) => EXAMPLE.slice(0, at) + pieces.join("") + EXAMPLE.slice(at + span));

test("a broken source gives a manifest or says where it is wrong, and never throws", async () => {
  await fc.assert(
    fc.asyncProperty(broken, async (source) => {
      const found = findUnsupported("plugin.ts", source);
      const { manifest, said } = await collected(source);
      expect(found.length + said.length > 0 || manifest !== undefined).toBe(true);
    }),
    { numRuns: 500 },
  );
});
