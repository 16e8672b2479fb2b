import { expect, onTestFinished, test } from "vitest";
import { watchStorage } from "../../../runtime/boot/storage.ts";
import type { SystemEvent } from "../../../runtime/contract/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";

const MB = 1_000_000;

async function open(bytesPerDay: number | undefined) {
  const clock = new VirtualClock(Date.UTC(2026, 10, 23, 8));
  const journal = await openJournal({ file: ":memory:" });
  onTestFinished(() => journal.close());
  const widened: number[] = [];
  const events: Omit<SystemEvent, "time">[] = [];
  const disk = { name: "mmcblk0", bytes: 0, written: async () => disk.bytes };
  const options = {
    journal: {
      read: journal.read.bind(journal),
      commit: journal.commit.bind(journal),
      size: journal.size.bind(journal),
      widen: (ms: number) => void widened.push(ms),
    },
    clock,
    events: { emit: (event: Omit<SystemEvent, "time">) => void events.push(event) },
    path: "/",
    disk,
  };
  const budget = { bytes: bytesPerDay };
  const start = () => watchStorage({ ...options, budget: () => budget.bytes });
  /** Ten seconds in which so much is written. */
  const pass = async (bytes: number) => {
    disk.bytes += bytes;
    clock.advance(10_000);
    for (let i = 0; i < 20; i++) await journal.size();
  };
  return { widened, events, disk, budget, start, pass };
}

test("an hour's share may go at once; beyond it commits wait for each other, which is told once a day", async () => {
  const { start, pass, widened, events } = await open(24 * MB);
  const storage = await start();
  await pass(MB);
  expect(widened.at(-1)).toBe(0);
  await pass(MB / 10);
  expect(widened.at(-1)).toBe(500);
  await pass(MB);
  expect(events).toMatchObject([{ kind: "storage.budget", level: "warn", text: expect.stringContaining("24 MB a day") }]);
  expect(storage.status()).toMatchObject({ writtenTodayBytes: 2.1 * MB, budgetBytes: 24 * MB });
  for (let i = 0; i < 900; i++) await pass(0);
  expect(widened.at(-1)).toBe(0);
  await storage.close();
});

test("without a budget nothing waits; one that is set later counts from then", async () => {
  const { start, pass, widened, events, budget } = await open(undefined);
  const storage = await start();
  await pass(1_000 * MB);
  expect(widened.every((ms) => ms === 0)).toBe(true);
  budget.bytes = 24 * MB;
  await pass(MB);
  expect(widened.at(-1)).toBe(0);
  await pass(2 * MB);
  expect(widened.at(-1)).toBe(500);
  expect(events).toHaveLength(1);
  await storage.close();
});

test("the day's count is there after a restart", async () => {
  const { start, pass, disk } = await open(undefined);
  const first = await start();
  await pass(5 * MB);
  await first.close();
  disk.bytes += MB;
  const second = await start();
  expect(second.status().writtenTodayBytes).toBe(6 * MB);
  await second.close();
});
