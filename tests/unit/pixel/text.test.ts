import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderLine } from "../../../runtime/pixel/terminal/line.ts";
import { lookOf } from "../../../runtime/pixel/terminal/look.ts";
import { fitText, padText, plainText, textWidth } from "../../../runtime/pixel/terminal/text.ts";

const anyText = fc.string({ unit: "binary", maxLength: 60 });

describe("what comes from outside", () => {
  test("cannot move the cursor, change colours or reverse the line", () => {
    expect(plainText("a\u001b[2Jb\r\nc\u202ed\u0000\u009b1m", true)).toBe("a [2Jb c d 1m");
  });

  test("keeps no control character, whatever it is", () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, unicode) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
        expect(plainText(text, unicode)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        if (!unicode) expect(plainText(text, unicode)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

describe("width", () => {
  test.each([
    ["plain", 5],
    ["größe", 5],
    ["温度", 4],
    ["e\u0301", 1],
    ["👩‍🔧", 2],
    ["●", 1],
  ])("%s is %i columns", (text, width) => expect(textWidth(text)).toBe(width));

  test("text that is cut says so, and wide characters are not cut in half", () => {
    expect(fitText("temperature", 8, "…")).toBe("tempera…");
    expect(fitText("温度計", 4, "…")).toBe("温…");
    expect(fitText("temperature", 11, "…")).toBe("temperature");
    expect(fitText("temperature", 2, "...")).toBe("..");
    expect(padText("ab", 4, "…")).toBe("ab  ");
  });

  test("a line is never wider than the terminal", () => {
    const style = fc.constantFrom("good", "dim", undefined);
    const spans = fc.array(fc.tuple(anyText, style), { maxLength: 5 });
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 90 }), fc.boolean(), (parts, columns, unicode) => {
        const look = lookOf(unicode ? { LANG: "C.UTF-8" } : {}, true);
        const line = parts.map(([text, style]) => (style ? { text, style } : { text }));
        expect(textWidth(stripVTControlCharacters(renderLine(line, columns, look)))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("how it looks follows the environment", () => {
  test.each([
    [{ LANG: "C.UTF-8" }, true, true, true],
    [{ LANG: "de_DE.utf8", NO_COLOR: "1" }, true, false, true],
    [{ LC_ALL: "C", LANG: "C.UTF-8" }, true, true, false],
    [{ LC_CTYPE: "C.UTF-8", TERM: "dumb" }, true, false, true],
    [{}, false, false, false],
  ])("%j, terminal: %s", (env, tty, color, unicode) => expect(lookOf(env, tty)).toMatchObject({ color, unicode }));
});
