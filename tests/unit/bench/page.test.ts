import { expect, test } from "vitest";
import { figuresPage } from "../../bench/page.ts";

const machine = { processor: "P, x64", cores: 2, memoryGiB: 8, system: "Linux 6", versions: { Node: "24" } };
const suite = { name: "mqtt", about: "In and out.", expects: [], run: async () => {} };

const heading = { title: "Figures", command: "npm run bench" };

test("the page has every figure, and says why what falls short does", () => {
  const figures = [
    { name: "rate", value: 12_345.678, unit: "1/s", bound: ">= 10", holds: true },
    { name: "p99", value: 7, unit: "ms", bound: "<= 5", holds: false },
    { name: "peer", value: null, unit: "x", bound: ">= 5", holds: false, reason: "it did not start" },
    { name: "beside", value: 1, unit: "MB", bound: null, holds: null },
  ];
  const page = figuresPage({
    ...heading,
    date: "2026-01-01",
    machine,
    foreignCores: 0.02,
    measured: [{ suite, figures, seconds: 3 }],
  });
  expect(page).toContain("# Figures\n\nWritten by `npm run bench -- --doc`");
  expect(page).toContain("- 1 of 3 bounds hold");
  expect(page).toContain("| rate | 12,350 1/s | >= 10 | holds |");
  expect(page).toContain("| p99 | 7 ms | <= 5 | **short** |");
  expect(page).toContain("| peer | not measured | >= 5 | it did not start |");
  expect(page).toContain("| beside | 1 MB |  |  |");
  expect(page).toContain("- **p99**: not explained yet.");
  expect(page).toContain("- **peer**: it did not start");
});

test("a run that was forced says so", () => {
  expect(figuresPage({ ...heading, date: "2026-01-01", machine, foreignCores: null, measured: [] })).toContain("`--force`");
});
