import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { liveView } from "../../../runtime/pixel/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { sampleEvent, samplePlugin, sampleView } from "../../support/sample-view.ts";

/** A stream that keeps what is written: a terminal of the given size, or none. */
function output(size?: { columns: number; rows: number }) {
  const out = Object.assign(new PassThrough(), size && { isTTY: true, ...size }) as unknown as NodeJS.WriteStream & PassThrough;
  return { out, written: () => String(out.read() ?? "") };
}

describe("on a terminal", () => {
  const size = { columns: 80, rows: 24 };
  const env = { LANG: "C.UTF-8" };

  test("is drawn over itself each second, in one write, and shows the cursor again when it ends", () => {
    const clock = new VirtualClock();
    const { out, written } = output(size);
    const view = liveView({ view: sampleView(), out, env, clock });
    const first = written();
    expect(first.startsWith("\u001b[?25l")).toBe(true);
    const rows = first.split("\n").length - 1;
    clock.advance(1_000);
    expect(written()).toContain(`\r\u001b[${rows}A`);
    view.close();
    view.close();
    expect(written()).toBe("\u001b[?25h");
    clock.advance(60_000);
    out.emit("resize");
    expect(written()).toBe("");
    expect(clock.nextIn()).toBeUndefined();
  });

  test("goes up as many rows as the last picture takes once the terminal is narrower", () => {
    const { out, written } = output({ columns: 80, rows: 24 });
    const view = liveView({ view: sampleView(), out, env, clock: new VirtualClock() });
    const widths = stripVTControlCharacters(written())
      .split("\n")
      .slice(0, -1)
      .map((line) => line.replace("\r", "").length);
    Object.assign(out, { columns: 30 });
    out.emit("resize");
    const rows = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / 30)), 0);
    const picture = written();
    expect(picture).toContain(`\u001b[${rows}A`);
    expect(
      Math.max(
        ...stripVTControlCharacters(picture)
          .split("\n")
          .map((line) => line.replace("\r", "").length),
      ),
    ).toBeLessThan(30);
    view.close();
  });

  test("shows rates and the last three alerts", () => {
    const clock = new VirtualClock();
    const { out, written } = output(size);
    const source = sampleView({ plugins: [samplePlugin("rule")] }, [sampleEvent({ level: "warn", text: "earlier" })]);
    const view = liveView({ view: source, out, env, clock });
    source.set({
      counts: { messagesIn: 50, messagesOut: 20, dropped: 0, deadLetters: 0 },
      plugins: [samplePlugin("rule", { handled: 50 })],
    });
    for (const text of ["one", "two", "three"]) source.emit(sampleEvent({ level: "error", text }));
    source.emit(sampleEvent({ level: "info", text: "no alert" }));
    written();
    clock.advance(1_000);
    const picture = stripVTControlCharacters(written());
    expect(picture).toMatch(/rule .* 50\/s/);
    expect(picture).toMatch(/in 50\/s 50 · out 20\/s 20/);
    expect(picture).toMatch(/one\s.*two\s.*three/s);
    expect(picture).not.toMatch(/earlier|no alert/);
    view.close();
  });

  test("shows the code that claims a device without an owner; a log never has it", () => {
    const { out, written } = output(size);
    const view = { ...sampleView(), pairing: () => ({ code: "1234-5678", until: 0 }) };
    liveView({ view, out, env, clock: new VirtualClock() }).close();
    expect(stripVTControlCharacters(written())).toContain("npx steppps pair --device workshop 1234-5678");
    const log = output();
    liveView({ view, out: log.out, env, clock: new VirtualClock() }).close();
    expect(log.written()).not.toContain("1234");
  });

  test("shows what plugins say without obeying it", () => {
    const { out, written } = output(size);
    const plugins = [samplePlugin("rule", { health: "paused", lastError: "\u001b]0;owned\u0007\u001b[2J" })];
    liveView({ view: sampleView({ plugins }), out, env, clock: new VirtualClock() }).close();
    const text = written();
    for (const sequence of ["\u001b]", "\u001b[2J", "\u0007"]) expect(text).not.toContain(sequence);
  });
});

describe("where it is no terminal", () => {
  test("is a line at the start, one when plugins change, and one in ten seconds when anything did", () => {
    const clock = new VirtualClock();
    const { out, written } = output();
    const source = sampleView({ plugins: [samplePlugin("rule")] });
    const view = liveView({ view: source, out, env: {}, clock, notes: ["port 1883 is taken"] });
    expect(written().split("\n")).toMatchObject([
      "note: port 1883 is taken",
      /* status */ expect.stringContaining("the plugin is healthy"),
      "",
    ]);
    clock.advance(60_000);
    expect(written()).toBe("");
    source.set({ counts: { messagesIn: 7, messagesOut: 0, dropped: 0, deadLetters: 0 } });
    clock.advance(10_000);
    expect(written()).toMatch(/^workshop http:\S+ \| the plugin is healthy \| in [\d.]+\/s \(7\) .*\n/);
    clock.advance(60_000);
    written();
    source.set({ plugins: [samplePlugin("rule", { health: "paused" })] });
    clock.advance(1_000);
    expect(written()).toContain("the plugin is paused");
    source.emit(
      sampleEvent({
        time: Date.UTC(2026, 0, 1),
        level: "error",
        plugin: "rule",
        kind: "plugin.paused",
        text: "gave up\u001b[2J",
      }),
    );
    expect(written()).toBe("2026-01-01T00:00:00.000Z error plugin.paused rule: gave up [2J\n");
    view.close();
  });

  test("has no escape sequence, also where TERM is dumb", () => {
    const { out, written } = output({ columns: 80, rows: 24 });
    liveView({ view: sampleView(), out, env: { TERM: "dumb" }, clock: new VirtualClock() }).close();
    expect(written()).not.toContain("\u001b");
  });
});
