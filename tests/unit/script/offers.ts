import { NOTHING, type Offer } from "../../../runtime/script/workflow/offer.ts";

/** An input to try things with. */
export function offer(change: Partial<Offer> = {}): Offer {
  return {
    kind: "message",
    handler: 0,
    time: 0,
    name: "a/b",
    payload: NOTHING,
    meta: NOTHING,
    ops: [],
    attempts: 0,
    settle() {},
    ...change,
  };
}
