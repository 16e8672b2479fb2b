import { CONTROL_ROOT, type Message } from "../../contract/index.ts";

/** Artefacts that somebody there offers; more are not staged by far. */
const REMEMBERED = 256;

/**
 * Which messages belong to whoever asked over the uplink.
 *
 *   steppps/<device>/rpc/<method>/<id>   ──▶ …/reply, or the response topic: there and only there; the answer itself says so
 *   steppps/<device>/offer/<artefact>    ──▶ want/<artefact>: there too
 */
export class Answers {
  readonly #root: string;
  readonly #offered = new Set<string>();

  constructor(device: string) {
    this.#root = `${CONTROL_ROOT}/${device}/`;
  }

  /** Notes where the answer to an offer goes. */
  note({ topic }: Message): void {
    const [kind, artefact] = topic.slice(this.#root.length).split("/");
    if (kind !== "offer" || !/^[0-9a-f]{64}$/.test(artefact ?? "")) return;
    const want = `${this.#root}want/${artefact}`;
    this.#offered.delete(want);
    this.#offered.add(want);
    for (const oldest of this.#offered) if (this.#offered.size > REMEMBERED) this.#offered.delete(oldest);
  }

  goesThere({ topic, answer }: Message): boolean {
    return answer === "there" || (answer === undefined && this.#offered.has(topic));
  }

  /** Whether it is an answer to somebody, wherever. */
  isAnswer({ topic, answer }: Message): boolean {
    return answer !== undefined || topic.startsWith(`${this.#root}want/`);
  }
}
