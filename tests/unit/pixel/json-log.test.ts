import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLog, logLine } from "../../../runtime/pixel/index.ts";
import { sampleEvent, sampleView } from "../../support/sample-view.ts";

const output = () => {
  const lines: string[] = [];
  return { lines, writableLength: 0, write: (line: string) => lines.push(line) > 0 };
};

test("what happened before and since, one object a line, with what each event has", () => {
  const out = output();
  const view = sampleView({}, [sampleEvent({ time: Date.UTC(2026, 10, 23), text: "before" })]);
  const end = jsonLog({ events: view.events, out });
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  view.emit(
    sampleEvent({
      time: Date.UTC(2026, 10, 24),
      level: "error",
      kind: "plugin.failed",
      plugin: "lamp",
      code: "E_GUEST_TRAP",
      trace,
    }),
  );
  end();
  view.emit(sampleEvent());
  expect(out.lines.map((line) => JSON.parse(line))).toEqual([
    { time: "2026-11-23T00:00:00.000Z", level: "info", kind: "plugin.log", text: "before" },
    {
      time: "2026-11-24T00:00:00.000Z",
      level: "error",
      kind: "plugin.failed",
      plugin: "lamp",
      code: "E_GUEST_TRAP",
      text: "hello",
      trace,
    },
  ]);
});

test("levels below the one asked for are left out", () => {
  const out = output();
  const view = sampleView();
  jsonLog({ events: view.events, out, level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) view.emit(sampleEvent({ level, text: level }));
  expect(out.lines.map((line) => JSON.parse(line).text)).toEqual(["warn", "error"]);
});

test("a reader that does not read costs lines, not memory, and is told how many", () => {
  const out = output();
  const view = sampleView();
  jsonLog({ events: view.events, out });
  out.writableLength = 2 ** 21;
  for (let i = 0; i < 7; i++) view.emit(sampleEvent());
  out.writableLength = 0;
  view.emit(sampleEvent({ text: "again" }));
  expect(out.lines.map((line) => JSON.parse(line).text)).toEqual(["7 lines were not written: nobody read them", "again"]);
});

test("whatever a plugin says is one line without control characters, at most so long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const line = logLine(sampleEvent({ text, plugin: text }));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(JSON.parse(line).text).toBe(text.isWellFormed() ? text : JSON.parse(JSON.stringify(text)));
    }),
  );
  expect(logLine(sampleEvent({ text: "x".repeat(1_000_000) })).length).toBeLessThan(5_000);
});
