import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ProblemFile } from "../../../../runtime/boot/device/problem.ts";
import { bootTroubles, troublesOf } from "../../../../runtime/boot/device/troubles.ts";
import { linuxBootVolume } from "../../../../runtime/platform/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

test("the file is there while something is wrong, and changes with it", async () => {
  using folder = tempFolder("problem");
  const path = join(folder.path, "steppps-problem.txt");
  const file = new ProblemFile(linuxBootVolume({ path: folder.path, remount: false }));
  await file.write([]);
  expect(existsSync(path)).toBe(false);
  await file.write(["line 3: /nmae is not known here"]);
  expect(readFileSync(path, "utf8")).toMatch(/line 3: .*\r\n$/);
  await file.write(["line 4: another"]);
  expect(readFileSync(path, "utf8")).not.toContain("line 3");
  await file.write([]);
  expect(existsSync(path)).toBe(false);
});

test("a partition that can't be written stops nothing", async () => {
  const file = new ProblemFile(linuxBootVolume({ path: "/nowhere", remount: false }));
  await expect(file.write(["x"])).resolves.toBeUndefined();
});

test("what the image has not is said; what PID 1 could not do, too", () => {
  expect(troublesOf({ ssh: { enabled: true } }).map(({ code }) => code)).toEqual(["E_DEVICE_SSH"]);
  expect(troublesOf({ ssh: { enabled: false }, network: {} })).toEqual([]);
  expect(bootTroubles("boot 120 ok\nwatchdog 130 none\ndata 300 no such partition\nrubbish\n")).toEqual([
    { text: "watchdog: none" },
    { code: "E_DEVICE_DATA", text: expect.stringContaining("no such partition") },
  ]);
});
