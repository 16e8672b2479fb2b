import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricFamilies, writeExposition } from "../../../../runtime/event/index.ts";
import { sampleMetrics } from "../../../support/sample-metrics.ts";

/** Reads the text format 0.0.4, strictly: name, labels, number; every sample after the TYPE of its family. */
function readExposition(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let family = "";
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.slice(0, -1).split("\n")) {
    const [, type] = /^# TYPE ([a-zA-Z_:][\w:]*) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (type) family = type;
    if (line.startsWith("#")) {
      expect(line).toMatch(/^# (?:HELP [a-zA-Z_:][\w:]* .+|TYPE .+)$/);
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\})|(?=\})))+\})? (\S+)$/.exec(line);
    expect([line, sample?.[1]?.startsWith(family)]).toEqual([line, true]);
    const key = `${sample?.[1]}${sample?.[2] ?? ""}`;
    expect([key, samples.has(key)]).toEqual([key, false]);
    samples.set(key, Number(sample?.[3]?.replace("Inf", "Infinity")));
  }
  return samples;
}

describe("the exposition", () => {
  test("every family has its help and type, every name its unit, every plugin its numbers", () => {
    const samples = readExposition(writeExposition(metricFamilies(sampleMetrics(2))));
    expect(Object.fromEntries(samples)).toMatchObject({
      'steppps_info{device="workshop",version="0.1.0"}': 1,
      process_start_time_seconds: 1_700_000_000,
      process_cpu_seconds_total: 1.25,
      'steppps_messages_dropped_total{reason="busy"}': 4,
      steppps_journal_bytes: 4_096,
      'steppps_plugin_handled_total{plugin="plugin-0"}': 91,
      'steppps_plugin_calls_total{plugin="plugin-1"}': 94,
      'steppps_plugin_failures_total{plugin="plugin-1",code="E_GUEST_TRAP"}': 2,
      'steppps_plugin_health{plugin="plugin-1",health="healthy"}': 1,
      'steppps_plugin_health{plugin="plugin-1",health="paused"}': 0,
      'steppps_plugin_handler_quantile_seconds{plugin="plugin-0",quantile="0.99"}': 0.031,
      'steppps_plugin_handler_max_seconds{plugin="plugin-0"}': 0.04,
      'steppps_plugin_handler_seconds_bucket{plugin="plugin-0",le="0.0001"}': 0,
      'steppps_plugin_handler_seconds_bucket{plugin="plugin-0",le="0.001"}': 6,
      'steppps_plugin_handler_seconds_bucket{plugin="plugin-0",le="+Inf"}': 94,
      'steppps_plugin_handler_seconds_sum{plugin="plugin-0"}': 0.0125,
      'steppps_plugin_handler_seconds_count{plugin="plugin-0"}': 94,
    });
    // Nothing without a value is written.
    expect([...samples.keys()].filter((name) => /canary|uplink|storage/.test(name))).toEqual([]);
  });

  test("families that count end in _total and no others do; there is no series for anything a stranger can choose", () => {
    for (const { name, type, samples } of metricFamilies(sampleMetrics(3))) {
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      // Per plugin: one, the 4 states of health, 2 quantiles, or its error codes.
      expect([name, samples.length <= 3 * 4]).toEqual([name, true]);
      expect(name).toMatch(/^(?:steppps|process)_[a-z_0-9]+$/);
    }
  });

  test("any text can be a label", () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("\\", '"', "\n", "n", "{", "}", ",", "=") }));
    fc.assert(
      fc.property(text, text, (value, help) => {
        const written = writeExposition([
          { name: "x_total", type: "counter", help: `h${help}`, samples: [{ labels: { value }, value: 1 }] },
        ]);
        const [, escaped = ""] = /^x_total\{value="(.*)"\} 1$/m.exec(written) ?? [];
        expect(escaped.replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character))).toBe(value);
        expect(written.split("\n").filter((line) => line !== "" && !line.startsWith("# "))).toHaveLength(1);
      }),
    );
  });

  test.each([
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
    [1e21, "1e+21"],
  ])("%d is written %s", (value, written) => {
    expect(writeExposition([{ name: "x", type: "gauge", help: "h", samples: [{ value }] }])).toContain(`\nx ${written}\n`);
  });
});
