import fc from "fast-check";
import { expect, test } from "vitest";
import { diagnosticAt, formatDiagnostic } from "../../../../assembly/compiler/diagnostic.ts";

test("line, column, the line itself, a caret and what to write", () => {
  const text = "class A {\r\n\tgo(): void { x?.y; }\r\n}";
  const start = text.indexOf("?.");
  const diagnostic = diagnosticAt("my/plugin.ts", text, { start, end: start + 2 }, { message: "no", hint: "check first" });
  expect(diagnostic).toEqual({
    severity: "error",
    file: "my/plugin.ts",
    line: 2,
    column: 16,
    length: 2,
    message: "no",
    hint: "check first",
    source: "\tgo(): void { x?.y; }",
  });
  expect(formatDiagnostic(diagnostic)).toBe(
    ["my/plugin.ts:2:16 error: no", "    2 | \tgo(): void { x?.y; }", "      | \t              ^^", "      = check first"].join(
      "\n",
    ),
  );
});

test("any place in any text can be shown", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "\n", "\t", "ü", "\r\n")), fc.nat(40), fc.nat(40), (parts, start, length) => {
      const text = parts.join("");
      const diagnostic = diagnosticAt("p.ts", text, { start, end: start + length }, { message: "m" });
      expect(diagnostic.line).toBe(text.slice(0, start).split("\n").length);
      expect(diagnostic.length).toBeGreaterThan(0);
      expect(formatDiagnostic(diagnostic)).toContain(diagnostic.source);
    }),
  );
});
