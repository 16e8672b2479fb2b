import type { Packet } from "./aedes.ts";

type Listener = (packet: Packet, done: () => void) => void;

/** aedes publishes through this: its own news ($SYS) to its own listeners, and wills and the like to the exchange. */
export class Emitter {
  readonly #publish: (packet: Packet, done: (error?: Error) => void) => void;
  readonly #own = new Map<string, Listener>();
  #sealed = false;

  /** `publish` passes a packet on to subscribers; those with a session have it in their queue by then. */
  constructor(publish: (packet: Packet, done: (error?: Error) => void) => void) {
    this.#publish = publish;
  }

  /** From now on listeners are clients' subscriptions, of which the exchange knows by itself. */
  seal(): void {
    this.#sealed = true;
  }

  on(topic: string, listener: Listener, done?: () => void): this {
    if (!this.#sealed) this.#own.set(topic.slice(topic.lastIndexOf("+")), listener);
    if (done) setImmediate(done);
    return this;
  }

  removeListener(_topic: string, _listener: Listener, done?: () => void): void {
    if (done) setImmediate(done);
  }

  emit(packet: Packet, done: (error?: Error) => void = () => {}): void {
    if (!packet.topic.startsWith("$")) this.#publish(packet, done);
    else {
      // $SYS/<broker>/heartbeat is listened to as $SYS/+/heartbeat
      const listener = this.#own.get(`+${packet.topic.slice(packet.topic.indexOf("/", 5))}`);
      if (listener) listener(packet, () => done());
      else done();
    }
  }

  close(done: () => void): void {
    setImmediate(done);
  }
}
