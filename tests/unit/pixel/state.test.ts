import { describe, expect, test } from "vitest";
import { applyUpdate, EVENTS_KEPT, INITIAL_STATE, MESSAGES_KEPT, type Update } from "../../../runtime/pixel/page/model/state.ts";
import { sampleEvent, sampleMessage, sampleStatus } from "../../support/sample-view.ts";

const START = 1_000_000;
const status = (at: number, messagesIn: number, startedAt = START): Update => ({
  kind: "status",
  now: START + at,
  reading: { at, status: { ...sampleStatus(), startedAt, counts: { messagesIn, messagesOut: 0, dropped: 0, deadLetters: 0 } } },
});
const stateAfter = (...updates: Update[]) => updates.reduce(applyUpdate, INITIAL_STATE);

describe("status", () => {
  test("makes rates and their history", () => {
    const state = stateAfter(status(0, 0), status(1_000, 10), status(2_000, 40));
    expect(state).toMatchObject({ link: "live", seenAt: START + 2_000, rates: { messagesIn: 30 }, history: { in: [10, 30] } });
  });

  test("begins a new history after a restart of the supervisor", () => {
    expect(stateAfter(status(0, 0), status(1_000, 10), status(2_000, 5, START + 9)).history.in).toEqual([]);
  });
});

describe("events", () => {
  test("are replaced by the recent ones on a new connection, then added to", () => {
    const events = stateAfter(
      { kind: "event", event: sampleEvent({ text: "old" }) },
      { kind: "recent", events: [sampleEvent({ text: "a" })] },
      { kind: "event", event: sampleEvent({ text: "b" }) },
    ).events;
    expect(events.map(({ id, value }) => [id, value.text])).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  test("are announced when they are alerts, and only as they happen", () => {
    const alert = sampleEvent({ level: "error", plugin: "p", text: "paused", code: "E_GUEST_TRAP" });
    expect(stateAfter({ kind: "recent", events: [alert] }).announcement).toBe("");
    expect(stateAfter({ kind: "event", event: sampleEvent() }).announcement).toBe("");
    expect(stateAfter({ kind: "event", event: alert }).announcement).toBe("p: paused (E_GUEST_TRAP)");
  });
});

test("lists are bounded, and what is left keeps its number", () => {
  const messages = Array.from({ length: 150 }, () => sampleMessage());
  const state = stateAfter({ kind: "messages", messages }, { kind: "messages", messages });
  expect(state.messages).toHaveLength(MESSAGES_KEPT);
  expect([state.messages[0]?.id, state.messages.at(-1)?.id]).toEqual([101, 300]);
  const events = Array.from({ length: 999 }, () => sampleEvent());
  expect(stateAfter({ kind: "recent", events }).events).toHaveLength(EVENTS_KEPT);
});

test("a lost connection keeps what was known, and is said once each way", () => {
  const lost = stateAfter(status(0, 0), { kind: "lost" });
  expect(lost).toMatchObject({ link: "lost", seenAt: START, announcement: "Connection lost" });
  expect(applyUpdate(lost, { kind: "lost" })).toBe(lost);
  expect(applyUpdate(lost, status(9_000, 0))).toMatchObject({ link: "live", announcement: "Connected again" });
});

describe("the session", () => {
  const session = { login: true, in: true, acts: true, pairing: { code: "1234-5678", until: 7 } };

  test("takes with it what one could see", () => {
    const state = stateAfter({ kind: "session", session }, status(0, 5), { kind: "session", session: { ...session, in: false } });
    expect([state.link, state.reading, state.events]).toEqual(["locked", undefined, []]);
  });

  test("shows no code any more once the device has an owner", () => {
    const claimed = { kind: "event", event: sampleEvent({ kind: "owner.claimed", text: "claimed" }) } as const;
    expect(stateAfter({ kind: "session", session }, claimed).session).toEqual({ login: true, in: true, acts: true });
  });
});
