import { expect, test } from "vitest";
import type { Handler } from "../../../runtime/contract/index.ts";
import { deliver } from "../../../runtime/script/host/deliver.ts";
import { Seen } from "../../../runtime/script/host/seen.ts";
import type { Offer } from "../../../runtime/script/workflow/offer.ts";
import type { Workflow } from "../../../runtime/script/workflow/workflow.ts";

const handler = (method: string): Handler => ({ kind: "message", filter: "in", method });

test("a message by a route of the version before goes to the handler of that name, or to none", () => {
  const offers: Offer[] = [];
  const before = [handler("open"), handler("close"), handler("gone")];
  const manifest = { handlers: [handler("close"), handler("open")] };
  const workflow = { name: "door", version: { manifest }, offer: (offer: Offer) => offers.push(offer) } as unknown as Workflow;
  const ports = { seen: new Seen([], () => {}), journal: { commit: async () => {} }, clock: { now: () => 0 } as never };
  const message = {
    topic: "in",
    payload: new Uint8Array(0),
    qos: 1,
    retain: false,
    duplicate: false,
    from: "",
    ops: [],
  } as const;
  for (const handlers of [before, manifest.handlers])
    for (const number of handlers.keys()) deliver(message, [{ workflow, handler: number, handlers }], ports, () => {});
  expect(offers.map((offer) => [offer.handler, offer.method])).toEqual([
    [1, undefined],
    [0, undefined],
    [-1, "message gone"],
    [0, undefined],
    [1, undefined],
  ]);
});
