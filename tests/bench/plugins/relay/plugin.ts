import { config, Message, on, publish, workflow } from "steppps";

/** What every contestant does: drops one message in ten, changes one field of the others. */
@workflow({ version: "1.0.0" })
class Relay {
  /** Quality of service of what goes out */
  @config({ min: 0, max: 1 }) qos: i32 = 0;

  @on("bench/in")
  relay(message: Message): void {
    if (message.json().f64("value") < 1) return;
    publish("bench/out", message.jsonSet("unit", "fahrenheit"), this.qos);
  }
}
