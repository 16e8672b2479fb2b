import { config, Message, on, publish, QOS1, StateMap, state, workflow } from "steppps";

class Window {
  count: i32 = 0;
  sum: f64 = 0;
  low: f64 = 0;
  high: f64 = 0;
}

/** A plugin of a usual size: what it is sent goes out with the version's mark, and it keeps a state for each room. */
@workflow({ version: "1.0.0" })
class Heating {
  @config target: f64 = 5;
  @state windows: StateMap<string, Window> = new StateMap();
  @state cold: i32 = 0;

  @on("bench/in/+")
  temperature(message: Message): void {
    const room = message.level(2);
    const value = message.json().f64("value");
    const window = this.windows.getOr(room, new Window());
    window.count++;
    window.sum += value;
    window.low = Math.min(window.low, value);
    window.high = Math.max(window.high, value);
    this.windows.set(room, window);
    if (value < this.target) this.cold++;
    publish("bench/out", message.jsonSet("unit", "mark-0000"), QOS1);
  }
}
