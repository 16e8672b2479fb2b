import { expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { SignedTime } from "../../../runtime/trust/signed-time.ts";
import { DAY, START } from "./support.ts";

async function opened(start: number) {
  const clock = new VirtualClock(start);
  const journal = await openJournal({ file: ":memory:" });
  return { clock, journal, time: await SignedTime.open(journal, clock) };
}

test("where nothing was ever signed, the clock alone counts", async () => {
  const { clock, journal, time } = await opened(START);
  expect([time.now(), time.known, time.behind]).toEqual([START, true, 0]);
  clock.jump(1_000);
  expect([time.now(), time.known, time.behind]).toEqual([1_000, false, 0]);
  await journal.close();
});

test("a clock that is behind is passed by what was signed, which goes on with the uptime and over a restart", async () => {
  const { clock, journal, time } = await opened(1_000);
  await journal.commit(time.seen([START]));
  expect([time.now(), time.known, time.behind]).toEqual([START, false, START - 1_000]);
  clock.advance(3 * DAY);
  expect(time.now()).toBe(START + 3 * DAY);
  // What is older than it is by now is kept for the next start, and turns nothing back.
  await journal.commit(time.seen([START + DAY]));
  expect(time.now()).toBe(START + 3 * DAY);
  expect(time.seen([START])).toEqual([]);
  const again = await SignedTime.open(journal, clock);
  expect(again.now()).toBe(START + DAY);
  clock.jump(START + 2 * DAY);
  expect([again.now(), again.known]).toEqual([START + 2 * DAY, true]);
  await journal.close();
});

test("clocks of two machines that are some minutes apart are no trouble", async () => {
  const { journal, time } = await opened(START);
  await journal.commit(time.seen([START + 60_000]));
  expect([time.now(), time.known]).toEqual([START + 60_000, true]);
  expect(time.restart([START - DAY])).toHaveLength(1);
  expect(time.now()).toBe(START);
  await journal.close();
});
