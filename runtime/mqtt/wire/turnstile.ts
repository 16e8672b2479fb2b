interface Turn {
  ready: boolean;
  run: (() => void) | undefined;
}

/**
 * Lets things that become ready in any order happen in the order in which they entered: one sender's messages at QoS 1 and 2
 * reach others, and are acknowledged, in the order sent [MQTT-4.6.0-2, MQTT-4.6.0-6], though some wait for the journal and some don't.
 */
export class Turnstile {
  #turns: Turn[] = [];
  #head = 0;

  /** Nobody waits: what is ready now may happen now. */
  get idle(): boolean {
    return this.#turns.length === 0;
  }

  /** Enters; the function given back makes it ready, to be run, or (with false) to be passed over. */
  enter(run: () => void): (goes: boolean) => void {
    const turn: Turn = { ready: false, run };
    this.#turns.push(turn);
    return (goes) => {
      turn.ready = true;
      if (!goes) turn.run = undefined;
      this.#advance();
    };
  }

  #advance(): void {
    for (;;) {
      const turn = this.#turns[this.#head];
      if (!turn?.ready) break;
      this.#head++;
      turn.run?.();
    }
    if (this.#head === this.#turns.length) {
      this.#turns = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#turns.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
