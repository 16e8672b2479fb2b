import { describe, expect, test } from "vitest";
import { judge, type Verdict } from "../../../../runtime/script/deploy/gate.ts";
import type { Spread } from "../../../../runtime/script/workflow/durations.ts";
import type { VersionRecord } from "../../../../runtime/script/workflow/record.ts";

const MiB = 1024 * 1024;
const QUICK: Spread = [
  [0.02, 900],
  [0.1, 95],
  [0.4, 5],
];

function record(change: Partial<VersionRecord> = {}): VersionRecord {
  const quick = { p50: 0.02, p99: 0.1, max: 0.2, total: 20, lagP99: 5, lagP50: 1, work: QUICK };
  const well = { traps: 0, deadlines: 0, failures: {}, failuresInRow: 0, deadLetters: 0 };
  return { count: 1000, ...quick, ...well, memoryBytes: MiB, effectBytes: 50_000, outputs: 1000, ...change };
}

function verdict(
  after: Partial<VersionRecord>,
  more: { before?: Partial<VersionRecord>; elapsed?: number; memory?: number[]; waited?: number } = {},
): Verdict {
  return judge({
    before: record(more.before),
    after: record(after),
    memory: more.memory ?? [],
    memoryLimit: 16 * MiB,
    waitedMillis: more.waited ?? 0,
    elapsedMillis: more.elapsed ?? 1_000,
    gateMillis: 60_000,
  });
}

const code = (given: Verdict) => (given.kind === "fail" ? given.error.code : given.kind);
const OVER = { elapsed: 60_000 };

test("a version that does well passes when the time is over, and not before", () => {
  expect(code(verdict({}))).toBe("open");
  expect(code(verdict({}, OVER))).toBe("pass");
});

test("a version that has had nothing to do passes when the time is over", () => {
  const idle = { count: 0, p50: 0, p99: 0, max: 0, total: 0, lagP99: 0, effectBytes: 0, memoryBytes: 0 };
  expect(code(verdict(idle))).toBe("open");
  expect(code(verdict(idle, OVER))).toBe("pass");
  expect(code(verdict(idle, { ...OVER, before: idle }))).toBe("pass");
});

describe("failures", () => {
  test("three in a row, where the old one had none, decide at once", () => {
    const traps = { count: 3, failures: { E_GUEST_TRAP: 3 }, failuresInRow: 3 };
    expect(code(verdict(traps))).toBe("E_GATE_FAILURES");
    expect(code(verdict({ ...traps, count: 2, failures: { E_GUEST_TRAP: 2 }, failuresInRow: 2 }))).toBe("open");
  });

  test("of the share that the old one had are nothing new", () => {
    const usual = { failures: { E_GUEST_REJECTED: 100 }, failuresInRow: 3 };
    expect(code(verdict(usual, { before: usual }))).toBe("open");
    expect(code(verdict(usual, { ...OVER, before: usual }))).toBe("pass");
    expect(code(verdict({ ...usual, failures: { E_GUEST_REJECTED: 400 } }, { before: usual }))).toBe("E_GATE_FAILURES");
  });

  test("here and there are seen in the end", () => {
    const few = { count: 40, failures: { E_GUEST_DEADLINE: 2 } };
    expect(code(verdict(few))).toBe("open");
    expect(code(verdict(few, OVER))).toBe("E_GATE_FAILURES");
    expect(code(verdict({ failures: { E_GUEST_TRAP: 2 } }, OVER))).toBe("pass"); // 2 of 1000
  });

  test("that the gate of effects refused once decide at once", () => {
    expect(code(verdict({ failures: { E_PLUGIN_DENIED: 1 } }))).toBe("E_GATE_DENIED");
    expect(code(verdict({ failures: { E_PLUGIN_DENIED: 1 } }, { before: { failures: { E_PLUGIN_DENIED: 1 } } }))).toBe("open");
  });

  test("are told with codes and numbers", () => {
    const failed = verdict({ count: 9, failures: { E_GUEST_TRAP: 5, E_GUEST_DEADLINE: 1 }, failuresInRow: 3 });
    expect(failed.kind === "fail" && failed.error.detail).toBe(
      "5 E_GUEST_TRAP, 1 E_GUEST_DEADLINE within 9 inputs; before: none within 1000",
    );
  });
});

describe("slowness", () => {
  const slow = (quick: number, slow: number): Partial<VersionRecord> => ({
    work: [
      [0.05, quick],
      [6, slow],
    ],
  });

  test("many times the old one's work fails, from a handful of inputs on", () => {
    expect(code(verdict(slow(0, 2)))).toBe("open");
    expect(code(verdict(slow(0, 5)))).toBe("E_GATE_SLOW");
    expect(code(verdict(slow(5, 5)))).toBe("E_GATE_SLOW");
  });

  test("at a few inputs fails when they are more than chance", () => {
    expect(code(verdict(slow(98, 2), OVER))).toBe("pass");
    expect(code(verdict(slow(80, 20)))).toBe("E_GATE_SLOW");
    expect(code(verdict(slow(950, 50)))).toBe("E_GATE_SLOW");
  });

  test("that the old one had as often is nothing new", () => {
    const usual = slow(80, 20);
    expect(code(verdict(usual, { ...OVER, before: usual }))).toBe("pass");
    expect(code(verdict(slow(0, 100), { ...OVER, before: usual }))).toBe("E_GATE_SLOW");
  });

  test("is not judged by an old one that did next to nothing", () => {
    const idle = { count: 2, work: [[0.02, 2]] as const };
    expect(code(verdict(slow(0, 10), { ...OVER, before: idle }))).toBe("pass");
    expect(code(verdict(slow(0, 100), { ...OVER, before: { work: [] } }))).toBe("pass");
  });

  test("of what is still quick is noise, and so is a machine that has other things to do", () => {
    expect(code(verdict({ work: [[0.9, 1000]] }, OVER))).toBe("pass");
    expect(code(verdict({ p50: 8, p99: 250, total: 8_000 }, OVER))).toBe("pass");
  });

  test("half of the inputs waiting many times as long fails, a few of them don't", () => {
    expect(code(verdict({ lagP99: 900, lagP50: 300 }))).toBe("E_GATE_LAG");
    expect(code(verdict({ lagP99: 900, lagP50: 300 }, { before: { lagP99: 400 } }))).toBe("open");
    expect(code(verdict({ lagP99: 900, lagP50: 5 }, OVER))).toBe("pass");
    expect(code(verdict({ lagP99: 100, lagP50: 90 }, OVER))).toBe("pass");
  });
});

describe("memory", () => {
  test("near its limit decides at once", () => {
    expect(code(verdict({ memoryBytes: 15 * MiB }))).toBe("E_GATE_MEMORY");
    expect(code(verdict({ memoryBytes: 15 * MiB }, { before: { memoryBytes: 14 * MiB } }))).toBe("open");
  });

  test("that has grown to many times the old one's and grows on fails in the end", () => {
    const memory = [MiB, 2 * MiB, 4 * MiB, 8 * MiB];
    expect(code(verdict({ memoryBytes: 8 * MiB }, { memory }))).toBe("open");
    expect(code(verdict({ memoryBytes: 8 * MiB }, { ...OVER, memory }))).toBe("E_GATE_MEMORY");
    expect(code(verdict({ memoryBytes: 8 * MiB }, { ...OVER, memory: [8 * MiB, 8 * MiB, 8 * MiB] }))).toBe("pass");
  });
});

test("a version that sends many times as much fails", () => {
  expect(code(verdict({ effectBytes: 60_000_000 }))).toBe("E_GATE_EFFECTS");
  expect(code(verdict({ effectBytes: 2_000_000 }))).toBe("open");
});

test("where the old one had no inputs, only a flood of messages fails", () => {
  const before = { count: 0, effectBytes: 0, outputs: 0, work: [] };
  const image = { count: 10, effectBytes: 10 * 60_000, outputs: 10 };
  expect(code(verdict(image, { ...OVER, before }))).toBe("pass");
  expect(code(verdict({ ...image, outputs: 240 }, { before }))).toBe("E_GATE_EFFECTS");
  expect(code(verdict({ ...image, outputs: 240, count: 4 }, { before }))).toBe("open");
  expect(code(verdict({ ...image, outputs: 240 }, { before: { count: 1, effectBytes: 55_000 } }))).toBe("open");
});

test("a version that handles nothing while inputs wait is not one that had nothing to do", () => {
  const nothing = { count: 3, effectBytes: 100 };
  expect(code(verdict(nothing, { waited: 20_000 }))).toBe("open");
  expect(code(verdict(nothing, { ...OVER, waited: 20_000 }))).toBe("E_GATE_LAG");
  expect(code(verdict(nothing, { ...OVER, waited: 4_000 }))).toBe("pass");
  expect(code(verdict(nothing, { ...OVER, waited: 20_000, before: { lagP99: 10_000 } }))).toBe("pass");
});
