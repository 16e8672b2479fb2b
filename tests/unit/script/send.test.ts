import { expect, test } from "vitest";
import type { Message } from "../../../runtime/contract/index.ts";
import { deliver } from "../../../runtime/script/host/deliver.ts";
import type { Route } from "../../../runtime/script/host/routes.ts";
import { Seen } from "../../../runtime/script/host/seen.ts";
import { type SendPorts, sendOutputs } from "../../../runtime/script/host/send.ts";
import type { Offer } from "../../../runtime/script/workflow/offer.ts";

const FORGETS_AFTER = 50_000;

test("what was taken is not given again with what was not, however many others come before the next try", async () => {
  const given: string[] = [];
  let full = true;
  const handlers = [{ kind: "message", filter: "#", method: "take" }] as const;
  const workflow = {
    name: "taker",
    version: { manifest: { handlers } },
    offer(offer: Offer) {
      if (offer.name === "refused" && full) return offer.settle(new Error("full"));
      given.push(offer.name);
      offer.settle();
    },
  };
  const routes = [{ workflow, handler: 0, handlers }] as unknown as Route[];
  const seen = new Seen([], () => {});
  const scope = { seen, journal: { commit: async () => {} }, clock: { now: () => 0 } as never, inside: true } as const;
  const ports: SendPorts = {
    bus: { echoes: false, publishAll: async () => {} },
    taken: () => true,
    sending() {},
    done: new WeakSet(),
    deliver: (from, message, again, done) =>
      deliver({ ...message, from, duplicate: false, ops: [] }, routes, { ...scope, again }, done),
  };
  const payload = new Uint8Array();
  const messages: Message[] = [
    { id: "m/0", topic: "taken", payload, qos: 1, retain: false },
    { topic: "may be lost", payload, qos: 0, retain: false },
    { id: "m/1", topic: "refused", payload, qos: 1, retain: false },
  ];
  await expect(sendOutputs("sender", messages, ports)).rejects.toThrow("full");
  for (let i = 0; i < 2 * FORGETS_AFTER; i++) {
    seen.add("others", String(i), 0);
    seen.settled("others", String(i));
  }
  full = false;
  await sendOutputs("sender", messages, ports);
  expect(given).toEqual(["taken", "may be lost", "refused"]);
});
