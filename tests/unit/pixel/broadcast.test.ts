import { expect, test } from "vitest";
import { createBroadcast } from "../../../runtime/pixel/server/broadcast.ts";
import { LIMITS } from "../../../runtime/pixel/server/limits.ts";
import { VirtualClock } from "../../../runtime/platform/index.ts";
import { sampleEvent, sampleMessage, sampleView } from "../../support/sample-view.ts";

function setUp() {
  const clock = new VirtualClock();
  const view = sampleView({}, [sampleEvent({ text: "before" })]);
  return { clock, view, broadcast: createBroadcast(view, clock) };
}

/** A client that keeps the frames it gets. */
function client() {
  const frames: { event: string; data: never }[] = [];
  let ended = false;
  return {
    frames,
    get ended() {
      return ended;
    },
    send(text: string) {
      for (const [, event, data] of text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)) {
        frames.push({ event: event as string, data: JSON.parse(data as string) as never });
      }
    },
    end() {
      ended = true;
    },
  };
}

test("who joins is told the state and what happened before", () => {
  const { broadcast } = setUp();
  const one = client();
  broadcast.join(one);
  expect(one.frames).toMatchObject([
    { event: "status", data: { at: 0, status: { device: "workshop" } } },
    { event: "recent", data: [{ text: "before" }] },
  ]);
});

test("all are told the same: state each second, events at once, messages four times a second", () => {
  const { broadcast, view, clock } = setUp();
  const [one, two] = [client(), client()];
  broadcast.join(one);
  broadcast.join(two);
  one.frames.length = two.frames.length = 0;
  view.emit(sampleEvent({ text: "now" }));
  view.pass(sampleMessage({ topic: "a" }));
  view.pass(sampleMessage({ topic: "b" }));
  clock.advance(1_000);
  expect(one.frames).toMatchObject([
    { event: "event", data: { text: "now" } },
    { event: "messages", data: [{ topic: "a" }, { topic: "b" }] },
    { event: "status", data: { at: 1_000 } },
  ]);
  expect(two.frames).toEqual(one.frames);
});

test("a burst of messages is cut, not kept", () => {
  const { broadcast, view, clock } = setUp();
  const one = client();
  broadcast.join(one);
  for (let i = 0; i < 10_000; i++) view.pass(sampleMessage());
  clock.advance(250);
  expect(one.frames.at(-1)?.data).toHaveLength(LIMITS.messagesPerFrame);
});

test("nothing is collected, and no timer is set, while nobody looks", () => {
  const { broadcast, view, clock } = setUp();
  expect([view.listeners, clock.nextIn()]).toEqual([0, undefined]);
  const leave = [broadcast.join(client()), broadcast.join(client())];
  expect(view.listeners).toBe(1);
  leave[0]?.();
  leave[0]?.();
  expect([view.listeners, broadcast.size]).toEqual([1, 1]);
  leave[1]?.();
  expect([view.listeners, broadcast.size, clock.nextIn()]).toEqual([0, 0, undefined]);
});

test("closing ends all, and leaves nothing behind", () => {
  const { broadcast, view, clock } = setUp();
  const all = [client(), client()];
  for (const one of all) broadcast.join(one);
  broadcast.close();
  expect(all.map(({ ended }) => ended)).toEqual([true, true]);
  expect([view.listeners, broadcast.size, clock.nextIn()]).toEqual([0, 0, undefined]);
});
