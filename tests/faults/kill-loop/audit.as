import { Message, on, publish, publishes, QOS1, state, StateMap, workflow } from "steppps";

/** Listens to the ledger, from within the device: what comes twice must be booked once. */
@workflow({ version: "1.0.0" })
@publishes("heard/+")
class Audit {
  @state count: i64 = 0;
  @state sum: i64 = 0;
  @state loose: StateMap<string, i32> = new StateMap();

  @on("booked/+")
  check(message: Message): void {
    this.count++;
    this.sum += I64.parseInt(message.text());
  }

  /** Comes at QoS 1 without an id, so perhaps more than once. */
  @on("loose/+")
  hear(message: Message): void {
    const key = message.level(1);
    this.loose.set(key, this.loose.getOr(key, 0) + 1);
    publish("heard/" + key, message.text(), QOS1);
  }

  @on("ask/audit")
  tell(): void {
    publish("audit/books", `${this.count} ${this.sum}`, QOS1);
  }
}
