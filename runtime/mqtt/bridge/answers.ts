import { CONTROL_ROOT, type Message } from "../../contract/index.ts";

/** Answers that somebody waits for, and the longest topic that one may come to: an asker of long ones must not fill the memory. */
const REMEMBERED = 4096;
const REMEMBERED_LENGTH = 512;

/**
 * Which of the device's own topics belong to whoever asked over the uplink: what is asked there is answered there, and only there.
 *
 *   steppps/<device>/rpc/<method>/<id>   ──▶ …/reply, or the response topic
 *   steppps/<device>/offer/<artefact>    ──▶ want/<artefact>
 */
export class Answers {
  readonly #root: string;
  readonly #asked = new Set<string>();

  constructor(device: string) {
    this.#root = `${CONTROL_ROOT}/${device}/`;
  }

  /** Notes where the answer to a command goes. */
  note({ topic, responseTopic }: Message): void {
    const [kind, name, id] = topic.slice(this.#root.length).split("/");
    if (kind === "rpc") {
      this.#add(`${this.#root}rpc/${name}/${id}/reply`);
      if (responseTopic !== undefined) this.#add(responseTopic);
    } else if (kind === "offer") this.#add(`${this.#root}want/${name}`);
  }

  /**
   * Whether a message answers what came over the uplink. Whoever asks chooses the response topic: what plugins publish there is no
   * answer.
   */
  has({ topic, answer }: Message): boolean {
    return (answer || topic.startsWith(this.#root)) && this.#asked.has(topic);
  }

  /** Whether it is an answer to somebody, wherever. */
  isAnswer(message: Message): boolean {
    if (this.has(message)) return true;
    const { topic } = message;
    if (!topic.startsWith(this.#root)) return false;
    return topic.startsWith(`${this.#root}rpc/`) || topic.startsWith(`${this.#root}want/`);
  }

  #add(topic: string): void {
    if (topic.length > REMEMBERED_LENGTH) return;
    this.#asked.delete(topic);
    this.#asked.add(topic);
    for (const oldest of this.#asked) if (this.#asked.size > REMEMBERED) this.#asked.delete(oldest);
  }
}
