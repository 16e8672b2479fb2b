import { describe, expect, onTestFinished, test } from "vitest";
import type { SystemEvent } from "../../../runtime/contract/index.ts";
import { createEventLog } from "../../../runtime/event/index.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";

const event = (text: string) => ({ kind: "plugin.log", level: "info", text }) as const;

describe("event log", () => {
  test("keeps the newest in memory and on disk, and tells listeners", async () => {
    const journal = await openJournal({ file: ":memory:" });
    onTestFinished(() => journal.close());
    const clock = new VirtualClock();
    const log = createEventLog(journal, clock);
    const heard: SystemEvent[] = [];
    const end = log.listen((one) => heard.push(one));
    log.emit({ ...event("first"), plugin: "lamp", code: "E_GUEST_TRAP" });
    end();
    log.emit(event("second"));
    expect(heard).toEqual([{ ...event("first"), plugin: "lamp", code: "E_GUEST_TRAP", time: clock.now() }]);
    expect(log.recent().map(({ text }) => text)).toEqual(["first", "second"]);
    await journal.commit([["meta.set", "all", "before this"]]);
    expect((await journal.read("event.last", 10)).map(({ text }) => text)).toEqual(["second", "first"]);
  });

  test("a flood is counted, not kept", () => {
    const clock = new VirtualClock();
    let commits = 0;
    const journal = {
      async commit() {
        commits++;
      },
    };
    const log = createEventLog(journal, clock);
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < 10_000; i++) log.emit(event("again"));
      clock.advance(1_000);
    }
    log.emit(event("calm"));
    expect(commits).toBeLessThanOrEqual(11 * 52);
    expect(log.recent().length).toBeLessThanOrEqual(200);
    expect(log.recent().at(-2)?.text).toBe("9950 more events in one second were not kept");
  });

  test("a disk that takes nothing stops nobody", async () => {
    const log = createEventLog({ commit: () => Promise.reject(new Error("full")) }, new VirtualClock());
    log.emit(event("shown all the same"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.recent()).toHaveLength(1);
  });
});
