import { Message, on, publish, publishes, QOS1, startTimer, state, StateMap, timer, workflow } from "steppps";

/** Books every message once: the kill loop's oracle knows what the books must say. */
@workflow({ version: "1.0.0" })
@publishes("booked/+", "rung/+")
class Ledger {
  @state count: i64 = 0;
  @state sum: i64 = 0;
  @state rung: i64 = 0;
  @state rungSum: i64 = 0;
  @state byKey: StateMap<string, i32> = new StateMap();

  /** `in/<key>` with a number: one that 5 divides also sets a durable timer of its own. */
  @on("in/+")
  book(message: Message): void {
    const n = I64.parseInt(message.text());
    const key = message.level(1);
    this.count++;
    this.sum += n;
    this.byKey.set(key, this.byKey.getOr(key, 0) + 1);
    publish("booked/" + key, `${n} ${this.count}`, QOS1);
    if (n % 5 == 0) startTimer("ring/" + n.toString(), 50 + (n % 400));
  }

  @timer("ring/+")
  ring(message: Message): void {
    const n = I64.parseInt(message.level(1));
    this.rung++;
    this.rungSum += n;
    publish("rung/" + n.toString(), `${n} ${this.rung}`, QOS1);
  }

  @on("ask/ledger")
  tell(): void {
    let keys = "";
    for (let i = 0; i < 8; i++) keys += ` ${this.byKey.getOr("k" + i.toString(), 0)}`;
    publish("ledger/books", `${this.count} ${this.sum} ${this.rung} ${this.rungSum}${keys}`, QOS1);
  }
}
