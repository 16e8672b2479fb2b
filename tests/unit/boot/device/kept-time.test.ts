import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KeptTime } from "../../../../runtime/boot/device/kept-time.ts";
import { StepppsError } from "../../../../runtime/contract/index.ts";
import { linuxFiles, VirtualClock } from "../../../../runtime/platform/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const BUILT = Date.UTC(2026, 10, 1);

function kept(folder: string, clock: VirtualClock, written = 0) {
  mkdirSync(folder, { recursive: true });
  const set = async (time: number) => clock.jump(time);
  const lastWritten = () => Promise.resolve(written);
  return new KeptTime({ file: join(folder, "clock"), files: linuxFiles(), clock, earliest: BUILT, lastWritten, set });
}

test("a board that wakes up in 1970 is at least as late as its image, as it was last, and as what it wrote and what was signed", async () => {
  using folder = tempFolder("time");
  const clock = new VirtualClock(0);
  const time = kept(folder.path, clock);
  expect(await time.wake()).toMatchObject({ kind: "clock.set", text: expect.stringContaining("2026-11-01T00:00:00.000Z") });
  clock.advance(3_600_000);
  await time.close();
  const later = new VirtualClock(0);
  await kept(folder.path, later).wake();
  expect(later.now()).toBe(BUILT + 3_600_000);
  const wrote = new VirtualClock(0);
  const last = kept(folder.path, wrote, BUILT + 4_000_000);
  await last.wake();
  expect(wrote.now()).toBe(BUILT + 4_000_000);
  expect(await last.atLeast(BUILT + 5_000_000)).toMatchObject({ kind: "clock.set" });
  expect(wrote.now()).toBe(BUILT + 5_000_000);
  expect(await last.atLeast(BUILT), "never back").toBeUndefined();
});

test("a clock that is right is left alone, and one that can't be set stops nothing", async () => {
  using folder = tempFolder("time");
  const right = new VirtualClock(BUILT + 5);
  expect(await kept(folder.path, right).wake()).toBeUndefined();
  const refuse = () => Promise.reject(new StepppsError("E_CLOCK_SET"));
  const clock = new VirtualClock(0);
  const options = { file: join(folder.path, "clock"), files: linuxFiles(), clock, earliest: BUILT };
  const time = new KeptTime({ ...options, lastWritten: () => Promise.reject(new Error("no such file")), set: refuse });
  expect(await time.wake()).toMatchObject({ kind: "clock.set", code: "E_CLOCK_SET" });
});

test("a time that was never right is not put back by one that was, until a server says so", async () => {
  using folder = tempFolder("time");
  const file = join(folder.path, "clock");
  writeFileSync(file, `${BUILT + 9_000}\n`);
  const clock = new VirtualClock(BUILT);
  const time = kept(folder.path, clock);
  await time.close();
  expect(readFileSync(file, "utf8")).toBe(`${BUILT + 9_000}\n`);
  await time.arrived();
  expect(readFileSync(file, "utf8")).toBe(`${BUILT}\n`);
  for (const damage of ["", "soon\n", "\xff\n", `${BUILT}`]) {
    writeFileSync(file, damage, "latin1");
    expect(await kept(folder.path, new VirtualClock(BUILT)).wake()).toBeUndefined();
  }
});
