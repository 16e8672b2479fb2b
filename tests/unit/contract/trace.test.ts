import { expect, test } from "vitest";
import { isTrace, parseTrace, renewParentId, traceId } from "../../../runtime/contract/index.ts";

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// Cases of W3C Trace Context, section 3.2
test.each([
  [TRACE, TRACE],
  [`cc${TRACE.slice(2)}-what-the-future-brings`, TRACE],
  [`cc${TRACE.slice(2)}`, TRACE],
  [`${TRACE}-more`, undefined],
  [`cc${TRACE.slice(2)}more`, undefined],
  [`ff${TRACE.slice(2)}`, undefined],
  [TRACE.toUpperCase(), undefined],
  [TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32)), undefined],
  [TRACE.replace("00f067aa0ba902b7", "0".repeat(16)), undefined],
  [TRACE.slice(0, -1), undefined],
  ["", undefined],
] as const)("%s", (text, trace) => {
  expect(parseTrace(text)).toBe(trace);
  // Bytes are only looked at where they are as long as version 00 is
  if (text.length === TRACE.length) expect(isTrace(Buffer.from(text), 0)).toBe(trace === text);
});

test.each([3, 34, 36, 51, 53, 54])("a traceparent with something else at %i is none", (at) => {
  const bytes = Buffer.from(`--${TRACE}`);
  expect(isTrace(bytes, 2)).toBe(true);
  bytes[2 + at] = 0x67;
  expect(isTrace(bytes, 2)).toBe(false);
});

test("what a trace leads to has the same trace id and flags, and a parent id of its own", () => {
  const bytes = Buffer.from(`--${TRACE}--`);
  renewParentId(bytes, 2);
  const child = bytes.toString().slice(2, -2);
  expect(parseTrace(child)).toBe(child);
  expect(traceId(child)).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
  expect(child.endsWith("-01")).toBe(true);
  expect(child).not.toBe(TRACE);
  expect(bytes.toString()).toBe(`--${child}--`);
});
