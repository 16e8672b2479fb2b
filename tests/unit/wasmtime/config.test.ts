import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config, type ConfigOptions, Engine, WasmtimeError } from "../../../runtime/wasmtime/src/index.ts";
import { codeOf, thrown } from "./support.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

describe("Config", () => {
  test("names the option, the range and the value", () => {
    expect(thrown(() => new Config({ maxWasmStack: 8 * MiB })).message).toBe(
      "maxWasmStack must be a whole number from 65536 to 1048576, not 8388608",
    );
  });

  test.each<[string, ConfigOptions]>([
    ["a misspelt option", { maxWasmStak: MiB } as ConfigOptions],
    ["a stack above the thread's", { maxWasmStack: 64 * MiB }],
    ["a stack of zero", { maxWasmStack: 0 }],
    ["a tick of zero", { tickMs: 0 }],
    ["a fraction", { tickMs: 1.5 }],
    ["a number in a string", { tickMs: "1" as unknown as number }],
    ["NaN", { memoryGuardSize: Number.NaN }],
    ["an unaligned reservation", { memoryReservation: 100_000 }],
    ["a wrong boolean", { consumeFuel: 1 as unknown as boolean }],
    ["an unknown level", { optLevel: "fast" as "speed" }],
    ["no slots", { pooling: { instances: 0, memoryBytes: MiB, tableElements: 1 } }],
    ["unaligned slots", { pooling: { instances: 1, memoryBytes: MiB + 1, tableElements: 1 } }],
    [
      "a reservation below the slots",
      { memoryReservation: MiB, pooling: { instances: 1, memoryBytes: 2 * MiB, tableElements: 1 } },
    ],
    [
      "more than the address space",
      { memoryReservation: 4096 * MiB, pooling: { instances: 40_000, memoryBytes: MiB, tableElements: 1 } },
    ],
  ])("refuses %s", (_, options) => {
    expect(codeOf(() => new Config(options))).toBe("option");
  });

  test("40,000 pooled slots work", () => {
    const pooling = { instances: 40_000, memoryBytes: 64 * MiB, tableElements: 1000 };
    new Engine(new Config({ pooling })).close();
  });

  test("any options give an engine or an error, and the process lives", () => {
    const size = fc.oneof(fc.constantFrom(0, 1, 64 * KiB, MiB, 512 * MiB, 2 ** 32, 2 ** 33, 2 ** 40), fc.nat(), fc.double());
    const options = fc.record(
      {
        consumeFuel: fc.boolean(),
        tickMs: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer()),
        maxWasmStack: size,
        optLevel: fc.constantFrom("none", "speed", "speed_and_size", "other") as fc.Arbitrary<"none">,
        simd: fc.boolean(),
        memoryReservation: size,
        memoryGuardSize: size,
        pooling: fc.record({
          instances: fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.integer()),
          memoryBytes: size,
          tableElements: fc.nat(),
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (chosen) => {
        try {
          new Engine(new Config(chosen)).close();
        } catch (error) {
          expect(error).toBeInstanceOf(WasmtimeError);
          expect(["option", "reservation"]).toContain((error as WasmtimeError).code);
        }
      }),
      { numRuns: 300 },
    );
  });
});
