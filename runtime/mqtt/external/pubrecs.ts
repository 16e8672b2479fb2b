/**
 * QoS 2 messages whose PUBREC is out and PUBCOMP is not. mosquitto (2.0) has by default room for so many when it comes back from a
 * restart, and of the others forgets that it had their PUBREC: it sends them again as if they had never come, also where this device
 * has released them already.
 */
const OPEN_MAX = 20;

interface Waiting {
  readonly messageId: number;
  readonly say: () => void;
}

/** Says PUBREC, in order, to no more messages at a time than a broker can remember. Of one connection. */
export class Pubrecs {
  readonly #open = new Set<number>();
  readonly #waiting: Waiting[] = [];

  /** `say` is called when it is this message's turn. */
  add(messageId: number, say: () => void): void {
    this.#waiting.push({ messageId, say });
    this.#next();
  }

  /** PUBREL came; whatever was said on the connection before. */
  releasing(messageId: number): void {
    this.#open.add(messageId);
  }

  /** PUBCOMP is out. */
  completed(messageId: number): void {
    this.#open.delete(messageId);
    this.#next();
  }

  #next(): void {
    while (this.#open.size < OPEN_MAX) {
      const one = this.#waiting.shift();
      if (!one) return;
      this.#open.add(one.messageId);
      one.say();
    }
  }
}
