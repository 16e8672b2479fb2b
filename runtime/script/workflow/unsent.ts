import type { Grants } from "../plugin/grants.ts";
import type { Seed } from "./batch.ts";
import { HANDLED, type Offer } from "./offer.ts";
import type { Outbox } from "./outbox.ts";
import { planEffects } from "./plan.ts";
import type { Recovered } from "./ports.ts";
import { notWithheld } from "./sent.ts";

/** They passed the gate when they were committed, perhaps with another version's grants. */
const PASSED: Grants = { publish() {}, timers() {}, state() {}, infer() {} };

/** Names an installation's outputs: one that is removed and comes again does not repeat the names of the first. */
export function originOf(name: string, { high, low }: Seed): string {
  return `${name}.${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
}

interface Sending {
  readonly name: string;
  readonly origin: string;
  readonly outbox: Pick<Outbox, "put">;
}

/** Outputs that were committed before a restart and may not have been sent: the same, with the same ids. */
export function sendUnsent({ name, origin, outbox }: Sending, unsent: Recovered["unsent"]): void {
  for (const { seq, count, effects, withheld } of unsent) {
    const scope = { plugin: name, seq, origin, grants: PASSED, durable: false };
    const planned = planEffects(new Array<Offer>(count).fill(HANDLED), effects, scope).outputs;
    const outputs = notWithheld(planned, withheld);
    if (outputs.length > 0) outbox.put(seq, outputs);
  }
}
