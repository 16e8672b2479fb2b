import { Message, on, publish, publishes, QOS1, state, StateMap, workflow } from "steppps";

/** Counts how often each number came: what was lost and what was done twice can be read from its state. */
@workflow({ version: "1.0.0" })
@publishes("booked")
class Ledger {
  @state counted: StateMap<string, i32> = new StateMap();

  @on("count/+")
  count(message: Message): void {
    const number = message.text();
    this.counted.set(number, this.counted.getOr(number, 0) + 1);
    publish("booked", number, QOS1);
  }
}
