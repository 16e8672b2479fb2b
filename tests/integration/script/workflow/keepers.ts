import type { Built } from "../guests.ts";
import { buildSources } from "../guests.ts";

/** What a version of the keeper does otherwise than the first. */
export interface Difference {
  readonly version: string;
  /** How the total goes on: the order of inputs shows in it. */
  readonly step: string;
  /** At `in/bad`. */
  readonly bad: string;
  /** What it says at `in/lamp`. */
  readonly lamp: string;
  /** How many ms its timers take longer. */
  readonly delay: number;
  /** Further handlers. */
  readonly more?: string;
}

export const FIRST: Difference = { version: "1.0.0", step: "31", bad: "this.take(7);", lamp: "m.text()", delay: 0 };
export const OTHER: Difference = {
  version: "2.0.0",
  step: "37",
  bad: "unreachable();",
  lamp: 'm.text() == "on" ? "off" : m.text()',
  delay: 3,
  more: '@on("in/new") fresh(m: Message): void { this.take(m.length); }',
};

/** Keeps a total that depends on every input, their order, their times and their random numbers. */
export async function buildKeepers(...differences: readonly Difference[]): Promise<Built[]> {
  return buildSources(...differences.map(source));
}

function source({ version, step, bad, lamp, delay, more = "" }: Difference): string {
  return `import { cancelTimer, every, Message, now, on, publish, publishes, QOS0, QOS1, random, RETAIN, startTimer, state, StateMap, timer, workflow } from "steppps";

@workflow({ version: "${version}", limits: { deadlineMs: 200, memoryBytes: 4194304 } })
@publishes("out/+")
class Keeper {
  @state total: i64 = 0;
  @state seen: StateMap<string, i64> = new StateMap();
  ${more}

  @on("in/add")
  add(m: Message): void {
    this.take(I64.parseInt(m.text()));
    publish("out/total", this.total.toString(), QOS1);
    publish("out/heard", m.text(), QOS1);
  }

  /** "<name> <ms>" */
  @on("in/later")
  later(m: Message): void {
    const words = m.text().split(" ");
    startTimer("t/" + words[0], I64.parseInt(words[1]) + ${delay}, words[0]);
    this.take(2);
  }

  @on("in/cancel")
  cancel(m: Message): void {
    cancelTimer("t/" + m.text());
  }

  @timer("t/+")
  rang(m: Message): void {
    this.take(1000);
    publish("out/rang", m.text() + " " + now().toString(), QOS1);
    if (m.text() == "chain") startTimer("t/link", 15, "link");
  }

  @on("in/draw")
  draw(): void {
    this.take(i64(random() * 1000000));
  }

  @on("in/bad")
  bad(m: Message): void {
    ${bad}
  }

  @on("in/lamp")
  lamp(m: Message): void {
    publish("out/lamp", ${lamp}, QOS1 | RETAIN);
  }

  @every("1m")
  minute(): void {
    this.take(60);
  }

  private take(n: i64): void {
    this.total = this.total * ${step} + n;
    const key = (n % 5).toString();
    this.seen.set(key, (this.seen.has(key) ? this.seen.get(key) : 0) + now());
  }
}
`;
}
