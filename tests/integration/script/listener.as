import { Message, on, publish, publishes, QOS1, state, workflow } from "steppps";

/** Counts what another plugin says. */
@workflow({ version: "1.0.0" })
@publishes("heard/+")
class Listener {
  @state total: i64 = 0;

  @on("out/count")
  hear(): void {
    this.total++;
    publish("heard/total", this.total.toString(), QOS1);
  }

  @on("twice/#")
  first(): void {
    this.total++;
    publish("heard/total", this.total.toString(), QOS1);
  }

  @on("twice/+")
  second(): void {
    this.total++;
    publish("heard/total", this.total.toString(), QOS1);
  }

  @on("#")
  all(message: Message): void {
    if (message.topic.startsWith("steppps/")) publish("heard/control", message.topic);
  }
}
