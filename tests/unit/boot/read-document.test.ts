import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDocument } from "../../../runtime/boot/read-document.ts";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { formatPublicKey, generateKeys } from "../../../runtime/trust/index.ts";

const key = formatPublicKey(generateKeys().public);

describe("readDocument", () => {
  test.each(["", "# nothing\n", "name: hall\nplugins:\n  lamp:\n    config:\n      on: true\n", `owners:\n  - ${key}\n`])(
    "takes %j",
    (text) => {
      expect(readDocument(text)).toBeTypeOf("object");
    },
  );

  test.each([
    ["a typo in a name", "name: hall\n\ntimezon: Europe/Berlin\n", 3],
    ["a typo further down", "mqtt:\n  port: 1883\n  borker: mqtt://x\n", 3],
    ["a typo above a block", "name: hall\nplugin:\n  lamp:\n    config: {}\n", 2],
    ["a wrong type", "name: hall\nweb:\n  port: soon\n", 3],
    ["a value out of range", "mqtt:\n  port: 70000\n", 2],
    ["a bad name", "name: Hall Light\n", 1],
    ["a tab for indentation", "mqtt:\n\tport: 1\n", 2],
    ["a key twice", "name: a\nname: b\n", 2],
    ["an unclosed quote", 'name: hall\ntimezone: "Europe\n', 3],
    ["a place that is no timezone", "name: hall\ntimezone: Mars/Olympus\n", 2],
    ["an owner's key that was cut short", `name: hall\nowners:\n  - ${key.slice(0, 200)}\n`, 3],
    ["a plugin's setting that is a list", "plugins:\n  lamp:\n    config:\n      on: [1]\n", 4],
  ])("names the line of %s", (_, text, line) => {
    expect(() => readDocument(text)).toThrowError(new RegExp(`^E_DOCUMENT: .*line ${line}:`));
  });

  test.each([
    [
      "an alias bomb",
      `a: &a [x,x]\n${"bcdefgh"
        .split("")
        .map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`)
        .join("\n")}\n`,
    ],
    ["an alias to nothing", "name: *gone\n"],
    ["brackets without end", `name: ${"[".repeat(20_000)}\n`],
    ["maps without end", "{a: ".repeat(10_000)],
    ["a staircase", Array.from({ length: 700 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")],
    ["a key twice within a map", "mqtt:\n  port: 1\n  port: 2\n"],
    ["a text", "just a text"],
    ["a list", "- 1\n- 2\n"],
    ["more than one document", "name: a\n---\nname: b\n"],
    ["a tag", "name: !!binary SGVsbG8=\n"],
  ])("refuses %s", (_, text) => {
    expect(() => readDocument(text)).toThrowError(/^E_DOCUMENT/);
  });

  test("takes as many keys as fit into a document, each compared with few others", () => {
    const keys = Array.from({ length: 25_000 }, (_, i) => `k${i}: 1\n`).join("");
    expect(() => readDocument(keys)).toThrowError(/^E_DOCUMENT: .*line 1: \/k0 is not known/);
  });

  test("gives a document or E_DOCUMENT, whatever the text", () => {
    const word = fc.constantFrom(
      "name",
      "mqtt",
      "port",
      "plugins",
      "config",
      "owners",
      ":",
      ": ",
      "- ",
      "\n",
      "  ",
      "*a",
      "&a ",
      "{",
      "}",
      "[",
      "]",
      "'",
      '"',
      "|",
      ">",
      "!!js/function ",
      "__proto__",
      "1883",
      "hall",
      "? ",
      "<<",
      "\t",
      "\ufeff",
      "null",
      "~",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        try {
          expect(readDocument(source)).toBeTypeOf("object");
        } catch (error) {
          expect(error).toBeInstanceOf(StepppsError);
          expect((error as StepppsError).code).toBe("E_DOCUMENT");
        }
      }),
      { numRuns: 2_000 },
    );
    expect(Object.prototype).not.toHaveProperty("hall");
  });
});

test.each(["mqtt://", "mqtt://[::bad", "mqtts://user:secret@", "mqtt://user:secret@[x"])(
  "the broker %s is refused here, not when it is dialled, and its password is not shown",
  (broker) => {
    const read = () => readDocument(`mqtt: { broker: "${broker}" }`);
    expect(read).toThrow(/^E_DOCUMENT.*line 1: \/mqtt\/broker must be/);
    expect(read).not.toThrow("secret");
  },
);
