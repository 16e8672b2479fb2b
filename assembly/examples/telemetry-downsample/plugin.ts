import { config, every, JsonWriter, Message, now, on, publish, publishes, reject, StateMap, state, workflow } from "steppps";

/** What came of one sensor since the last summary. */
class Window {
  count: i32 = 0;
  sum: f64 = 0;
  least: f64 = Infinity;
  most: f64 = -Infinity;
  last: f64 = 0;
}

/** Turns a stream of readings into one summary a minute for each sensor: least, most, mean, last. */
@workflow({ version: "1.0.0" })
@publishes("telemetry/minute/+")
class TelemetryDownsample {
  /** The number in the reading that is summed up */
  @config field: string = "value";

  @state windows: StateMap<string, Window> = new StateMap();

  @on("telemetry/raw/+")
  reading(message: Message): void {
    const value = message.json().f64(this.field);
    if (isNaN(value)) return reject(`no number "${this.field}" in it`);
    const sensor = message.level(2);
    if (!this.windows.has(sensor)) this.windows.set(sensor, new Window());
    const window = this.windows.get(sensor);
    window.count++;
    window.sum += value;
    window.least = min(window.least, value);
    window.most = max(window.most, value);
    window.last = value;
  }

  @every("1m")
  summarise(): void {
    const sensors = this.windows.keys();
    for (let i = 0; i < sensors.length; i++) {
      const window = this.windows.get(sensors[i]);
      const summary = new JsonWriter()
        .set("time", now())
        .set("count", window.count)
        .set("min", window.least)
        .set("max", window.most)
        .set("mean", window.sum / window.count)
        .set("last", window.last);
      publish(`telemetry/minute/${sensors[i]}`, summary);
    }
    this.windows.clear();
  }
}
