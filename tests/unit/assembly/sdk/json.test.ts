import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../../../../runtime/contract/index.ts";
import { loadProbe, type Probe } from "./probe.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await loadProbe();
});

/** JSON documents with keys and strings of any letters, without the duplicates and "__proto__" that JavaScript treats its own way. */
const json = fc.jsonValue({ maxDepth: 5, stringUnit: "grapheme" });
const spaced = fc.tuple(json, fc.constantFrom(undefined, 1, "\t", "\r\n "));
/** Any letters, lone surrogates among them. */
const anyText = fc.string({ unit: "binary" });
const raggedText = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units));

describe("numbers", () => {
  test.each([
    "0",
    "-0",
    "1",
    "-1",
    "1e0",
    "123456789012345678",
    "9007199254740993",
    "9007199254740992.9999999",
    "1e22",
    "1e23",
    "8.5e-5",
    "2.2250738585072011e-308",
    "2.2250738585072012e-308",
    "4.9e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "1e309",
    "1e-400",
    "-1e999999999999",
    "1e-999999999999",
    "0e999999999999",
    "6.631236846766476e-316",
    "3.518437208883201171875e13",
    "62.5364939768271845828",
    "8.10109172351e-10",
    "1.50000000000000011102230246251565",
    "179769313486231580793e289",
    `1${"0".repeat(400)}e-400`,
    `0.${"0".repeat(400)}1e401`,
    `9007199254740993${"0".repeat(800)}1e-801`,
    `1.${"9".repeat(1200)}`,
  ])("%#: a number is what JavaScript reads", (text) => {
    expect(probe.number("number", text)).toBe(JSON.parse(text));
  });

  test("every double comes back from its shortest text", () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, (value) => Object.is(probe.number("number", Object.is(value, -0) ? "-0" : String(value)), value)),
      { numRuns: 3000 },
    );
  });

  test("any decimal rounds as JavaScript rounds it", () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,40}$/);
    const decimal = fc
      .tuple(digits, digits, fc.integer({ min: -400, max: 400 }))
      .map(([whole, fraction, exponent]) => `${whole}.${fraction}e${exponent}`);
    fc.assert(
      fc.property(decimal, (text) => Object.is(probe.number("number", text), JSON.parse(text))),
      { numRuns: 3000 },
    );
  });

  test("halfway between two doubles goes to the even one, and a digit more tips it", () => {
    const mantissa = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n });
    fc.assert(
      fc.property(
        mantissa,
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom("", ".0000000000000000000000000000001"),
        (m, shift, more) => {
          const text = `${(2n * m + 1n) << BigInt(shift)}${more}`;
          return probe.number("number", text) === JSON.parse(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("integers are exact in 64 bits and held at the ends", () => {
    const big = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    const clamp = (n: bigint) => (n > 2n ** 63n - 1n ? 2n ** 63n - 1n : n < -(2n ** 63n) ? -(2n ** 63n) : n);
    fc.assert(
      fc.property(big, (n) => BigInt(probe.text("integer", String(n))) === clamp(n)),
      { numRuns: 2000 },
    );
    expect(probe.text("integer", "12.9")).toBe("12");
    expect(probe.text("integer", "-1.5e3")).toBe("-1500");
    expect(probe.text("integer", '"7"')).toBe("-7");
  });
});

describe("strings", () => {
  test("come out as JavaScript reads them", () => {
    fc.assert(
      fc.property(anyText, (text) => probe.text("string", JSON.stringify(text)) === text.toWellFormed()),
      { numRuns: 2000 },
    );
  });

  test("escapes of every kind, lone surrogates as U+FFFD", () => {
    const escaped = raggedText.map(
      (text) =>
        `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")}"`,
    );
    fc.assert(
      fc.property(escaped, (text) => probe.text("string", text) === (JSON.parse(text) as string).toWellFormed()),
      { numRuns: 1000 },
    );
    expect(probe.text("string", '"\\"\\\\\\/\\b\\f\\n\\r\\t"')).toBe('"\\/\b\f\n\r\t');
  });

  test("bytes that are not UTF-8 become U+FFFD as in the Encoding Standard", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => probe.text("text", bytes) === decoder.decode(bytes)),
      { numRuns: 3000 },
    );
  });
});

describe("documents", () => {
  test("a walk over everything sees what JavaScript sees", () => {
    fc.assert(
      fc.property(spaced, ([value, space]) => {
        const text = JSON.stringify(value, null, space) as string;
        expect(JSON.parse(probe.text("copy", text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  test("a path finds what it names", () => {
    const text = JSON.stringify({ a: { b: [10, { c: "x" }, null] }, "": 1, "a.b": 2 });
    expect(probe.text("path/a.b.1.c", text)).toBe('"x"');
    expect(probe.text("path/a.b.0", text)).toBe("10");
    expect(probe.text("path/a.b.2", text)).toBe("null");
    expect(probe.text("path/a.b.3", text)).toBe("");
    expect(probe.text("path/a.x.y", text)).toBe("");
    expect(probe.text("path/a.b.999999999999", text)).toBe("");
    expect(probe.text("member/a.b", text)).toBe("2");
  });

  test("keys are compared as text, whichever way they are written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), json, (key, value) => {
        const escaped = [...Array(key.length).keys()]
          .map((i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, "0")}`)
          .join("");
        const text = JSON.stringify(value);
        expect(probe.text(`member/${key}`, `{"other":[1,{"${escaped}":3}],${JSON.stringify(key)}:${text}}`)).toBe(text);
        expect(probe.text(`member/${key}`, `{"${escaped}" : ${text}}`)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("valid agrees with JSON.parse on documents, on broken ones and on noise", () => {
    const parses = (bytes: Uint8Array): boolean => {
      try {
        JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
        return true;
      } catch {
        return false;
      }
    };
    const broken = fc.tuple(json, fc.nat(), fc.constantFrom(...'{}[]",:\\ 01-+.eEtfn\u0001\n')).map(([value, where, letter]) => {
      const text = JSON.stringify(value);
      const at = where % (text.length + 1);
      return utf8(text.slice(0, at) + letter + text.slice(at + (where % 2)));
    });
    const noise = fc
      .array(fc.constantFrom(...'{}[]",:\\ 01-+.eEtrufalsn\n'), { maxLength: 12 })
      .map((letters) => utf8(letters.join("")));
    fc.assert(
      fc.property(fc.oneof(broken, noise), (bytes) => probe.text("valid", bytes) === (parses(bytes) ? "yes" : "no")),
      { numRuns: 6000 },
    );
  });

  test("nothing traps on any bytes", () => {
    const topics = ["number", "integer", "string", "valid", "copy", "path/a.0.b", "member/a", "set-number/a"];
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(...'{}[]",:\\ 1-.etfna'), { maxLength: 30 }).map((letters) => utf8(letters.join(""))),
    );
    fc.assert(
      fc.property(fc.constantFrom(...topics), noise, (topic, bytes) => {
        probe.bytes(topic, bytes);
      }),
      { numRuns: 6000 },
    );
  });

  test("hostile nesting takes no stack", () => {
    const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;
    expect(probe.text("valid", deep)).toBe("no");
    expect(probe.text("member/a", `{"x":${deep},"a":5}`)).toBe("5");
  });
});

describe("jsonSet", () => {
  test("changes one field and leaves the rest as it is", () => {
    const object = fc.dictionary(
      fc.string({ unit: "grapheme", minLength: 1 }).filter((key) => key !== "__proto__"),
      json,
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(object, fc.constantFrom(undefined, 2), fc.nat(), (value, space, pick) => {
        const keys = [...Object.keys(value), "new"];
        const key = keys[pick % keys.length] as string;
        const text = JSON.stringify(value, null, space);
        expect(JSON.parse(probe.text(`set-number/${key}`, text))).toEqual(JSON.parse(JSON.stringify({ ...value, [key]: 1.5 })));
        expect(JSON.parse(probe.text(`set-string/${key}`, text))).toEqual(
          JSON.parse(JSON.stringify({ ...value, [key]: 'ü\n"x"' })),
        );
      }),
      { numRuns: 500 },
    );
    expect(probe.text("set-number/b", ' { "a" : 1 , "b" : {"c":[2]} , "d": 3 } ')).toBe(' { "a" : 1 , "b" : 1.5 , "d": 3 } ');
    expect(probe.text("set-number/b", "{ }")).toBe('{ "b":1.5}');
  });

  test("rejects what is no object", () => {
    for (const text of ["", "[1]", "7", '{"b":1', '{"a":']) {
      expect(probe.result("set-number/a", text)).toBe("rejected");
    }
  });
});
