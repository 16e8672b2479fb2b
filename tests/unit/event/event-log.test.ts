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
    expect(log.recent().at(-2)?.text).toBe("9960 more events in one second were not kept");
  });

  test("what plugins say in a loop hides nothing that the device has to tell", () => {
    const log = createEventLog({ commit: async () => {} }, new VirtualClock());
    for (let i = 0; i < 1_000; i++) log.emit(event("again"));
    log.emit({ kind: "access.refused", level: "warn", text: "wrong password" });
    expect(log.recent().at(-1)?.kind).toBe("access.refused");
  });

  test("what strangers have refused in a loop hides nothing either", () => {
    const log = createEventLog({ commit: async () => {} }, new VirtualClock());
    for (let i = 0; i < 1_000; i++) log.emit({ kind: "plugin.refused", level: "error", text: "nobody's" });
    log.emit({ kind: "plugin.rolled-back", level: "warn", text: "went back" });
    expect(log.recent().map(({ kind }) => kind)).toEqual([...Array(10).fill("plugin.refused"), "plugin.rolled-back"]);
  });

  test("the disk keeps as many as the document says, with traces, and gives those of one plugin", async () => {
    const journal = await openJournal({ file: ":memory:" });
    onTestFinished(() => journal.close());
    const clock = new VirtualClock();
    const log = createEventLog(journal, clock, () => 100);
    for (let i = 1; i <= 1_000; i++) {
      log.emit({ ...event(String(i)), plugin: i % 2 ? "odd" : "even", trace: "4bf92f3577b34da6a3ce929d0e0e4736" });
      if (i % 40 === 0) clock.advance(1_000);
    }
    await journal.commit([["meta.set", "all", "before this"]]);
    expect(await journal.read("event.last", 5_000)).toHaveLength(100);
    const [last] = await journal.read("event.of", "odd", 10);
    expect(last).toMatchObject({ text: "999", plugin: "odd", trace: "4bf92f3577b34da6a3ce929d0e0e4736" });
  });

  test("a password in an address is not kept", () => {
    const log = createEventLog({ commit: async () => {} }, new VirtualClock());
    log.emit(event("mqtts://me:s3cret@broker.example:8883/ and http://s3cret@x refused; a@b.example stays"));
    expect(log.recent()[0]?.text).toBe("mqtts://…@broker.example:8883/ and http://…@x refused; a@b.example stays");
  });

  test("a disk that takes nothing stops nobody", async () => {
    const log = createEventLog({ commit: () => Promise.reject(new Error("full")) }, new VirtualClock());
    log.emit(event("shown all the same"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.recent()).toHaveLength(1);
  });
});
