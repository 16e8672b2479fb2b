import fc from "fast-check";
import { expect, test } from "vitest";
import { drawFrame, MAX_LINES, type Scene } from "../../../runtime/pixel/terminal/frame.ts";
import { renderLine } from "../../../runtime/pixel/terminal/line.ts";
import { lookOf } from "../../../runtime/pixel/terminal/look.ts";
import { sampleEvent, samplePlugin, sampleStatus } from "../../support/sample-view.ts";

const START = Date.UTC(2026, 0, 1);
const look = lookOf({ NO_COLOR: "1" }, true);

function scene(change: Partial<Scene> = {}, plugins = 0): Scene {
  const status = {
    ...sampleStatus(),
    startedAt: START,
    plugins: Array.from({ length: plugins }, (_, i) => samplePlugin(`plugin-${i}`, i === 7 ? { health: "paused" } : {})),
  };
  const rates = { messagesIn: 12.34, messagesOut: 0.5, handled: new Map([["plugin-0", 3]]) };
  return { status, rates, alerts: [], notes: [], now: START + 60_000, ...change };
}

const draw = (scene: Scene, height = MAX_LINES) => drawFrame(scene, height, look).map((line) => renderLine(line, 100, look));

test("shows device, addresses, plugins, counters and alerts", () => {
  const alerts = [
    sampleEvent({ time: new Date(2026, 0, 1, 9, 5, 7).getTime(), level: "warn", plugin: "plugin-0", text: "failed" }),
  ];
  expect(draw(scene({ alerts, notes: ["moved to 1884"] }, 2))).toEqual([
    "workshop  STEPPPS Edge 0.1.0, up 1 min",
    "page  http://127.0.0.1:8080/ - mqtt  mqtt://127.0.0.1:1883 (3 clients)",
    "note  moved to 1884",
    "",
    "* plugin-0  1.0.0  healthy          3/s",
    "* plugin-1  1.0.0  healthy          0/s",
    "",
    "in 12/s 0 - out 0.5/s 0 - 0 dropped - 0 dead letters - 84 MiB",
    "09:05:07 warn  plugin-0: failed",
    "Ctrl-C stops it",
  ]);
});

test("shows no address of a page that is not up", () => {
  const { status } = scene();
  expect(draw(scene({ status: { ...status, web: { url: "" } } }))[1]).toBe("mqtt  mqtt://127.0.0.1:1883 (3 clients)");
});

test("says what to do where there is no plugin yet", () => {
  expect(draw(scene())).toContain("no plugins yet: npx steppps plugin new my-rule");
});

test("shows those in trouble where not all fit", () => {
  const lines = draw(scene({}, 40));
  expect(lines).toHaveLength(MAX_LINES);
  expect(lines[3]).toMatch(/^x plugin-7 .* paused/);
  expect(lines.find((line) => line.includes("other plugin"))).toMatch(/^ {2}and 3\d other plugins$/);
});

test("fits, whatever there is to show", () => {
  const alerts = fc.array(fc.constant(sampleEvent({ level: "error" })), { maxLength: 9 });
  fc.assert(
    fc.property(
      fc.nat(60),
      alerts,
      fc.array(fc.string(), { maxLength: 5 }),
      fc.integer({ min: 1, max: 60 }),
      (plugins, alerts, notes, height) => {
        expect(draw(scene({ alerts, notes }, plugins), height).length).toBeLessThanOrEqual(Math.min(height, MAX_LINES));
      },
    ),
  );
});
