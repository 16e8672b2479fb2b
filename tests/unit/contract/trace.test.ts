import { expect, test } from "vitest";
import { childTrace, parseTrace, traceId } from "../../../runtime/contract/index.ts";

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
});

test("what a trace leads to has the same trace id and flags, and a parent id of its own", () => {
  const child = childTrace(TRACE);
  expect(parseTrace(child)).toBe(child);
  expect(traceId(child)).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
  expect(child.endsWith("-01")).toBe(true);
  expect(child).not.toBe(TRACE);
});
