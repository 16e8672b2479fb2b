import type { BusOptions, Delivery } from "../mqtt/index.ts";

type Take = BusOptions["onMessage"];
type Done = (error?: Error) => void;

/** Holds what arrives between the opening of the port and the plugins being back; senders are not acknowledged meanwhile. */
export class Receiver {
  #take: Take | undefined;
  #held: { message: Delivery; done: Done }[] = [];

  take(message: Delivery, done: Done): void {
    if (this.#take) this.#take(message, done);
    else this.#held.push({ message: { ...message, payload: message.payload.slice() }, done });
  }

  open(take: Take): void {
    this.#take = take;
    for (const { message, done } of this.#held.splice(0)) take(message, done);
  }
}
