import { describe, expect, test } from "vitest";
import type { PluginHealth } from "../../../runtime/contract/index.ts";
import { byHealth, summarize } from "../../../runtime/pixel/figures/health.ts";
import { samplePlugin } from "../../support/sample-view.ts";

const plugins = (...healths: PluginHealth[]) => healths.map((health, i) => samplePlugin(`p${i}`, { health }));

describe("the plugins at a glance", () => {
  test.each([
    [[], "neutral", "No plugins yet", ""],
    [["healthy"], "good", "The plugin is healthy", ""],
    [["healthy", "healthy"], "good", "All 2 plugins are healthy", ""],
    [["paused", "paused"], "bad", "All 2 plugins are paused", ""],
    [["healthy", "starting"], "neutral", "1 of 2 plugins starting", "1 starting, 1 healthy"],
    [["healthy", "backing-off", "healthy"], "warn", "1 of 3 plugins needs attention", "1 backing off, 2 healthy"],
    [["backing-off", "healthy", "paused"], "bad", "2 of 3 plugins need attention", "1 paused, 1 backing off, 1 healthy"],
  ] as const)("%j", (healths, tone, headline, detail) => {
    expect(summarize(plugins(...healths))).toEqual({ tone, headline, detail });
  });
});

test("worst first, otherwise in order", () => {
  const names = byHealth(plugins("healthy", "backing-off", "healthy", "paused")).map(({ name }) => name);
  expect(names).toEqual(["p3", "p1", "p0", "p2"]);
});
