import type { Grants } from "../plugin/grants.ts";
import { HANDLED, type Offer } from "./offer.ts";
import { planEffects } from "./plan.ts";
import type { Recovered } from "./ports.ts";
import { notWithheld } from "./sent.ts";
import type { Work } from "./work.ts";

/** They passed the gate when they were committed, perhaps with another version's grants. */
const PASSED: Grants = { publish() {}, timers() {}, state() {} };

/** Outputs that were committed before a restart and may not have been sent: the same, with the same ids. */
export function sendUnsent({ name, origin, outbox }: Work, unsent: Recovered["unsent"]): void {
  for (const { seq, count, effects, withheld } of unsent) {
    const scope = { plugin: name, seq, origin, grants: PASSED, durable: false };
    const planned = planEffects(new Array<Offer>(count).fill(HANDLED), effects, scope).outputs;
    const outputs = notWithheld(planned, withheld);
    if (outputs.length > 0) outbox.put(seq, outputs);
  }
}
