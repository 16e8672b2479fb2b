import { Message, on, publish, publishes, QOS1, state, StateMap, workflow } from "steppps";

/** Listens to the others, from within the device: what they say once must be counted once. */
@workflow({ version: "1.0.0" })
@publishes("books/+")
class Audit {
  @state counts: StateMap<string, i64> = new StateMap();
  @state sums: StateMap<string, i64> = new StateMap();

  @on("booked/+")
  check(message: Message): void {
    const plugin = message.level(1);
    this.counts.set(plugin, this.counts.getOr(plugin, 0) + 1);
    this.sums.set(plugin, this.sums.getOr(plugin, 0) + I64.parseInt(message.text()));
  }

  /** With a plugin's name. */
  @on("ask/audit")
  tell(message: Message): void {
    const plugin = message.text();
    publish("books/audit", `${plugin} ${this.counts.getOr(plugin, 0)} ${this.sums.getOr(plugin, 0)}`, QOS1);
  }
}
