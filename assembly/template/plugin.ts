import { config, every, JsonWriter, log, Message, on, publish, state, workflow } from "steppps";

/** Says when a temperature is too high, once for each time that it rises. */
@workflow({ version: "0.1.0" })
class MyRule {
  /** The room to watch */
  @config room: string = "kitchen";
  @config({ min: -40, max: 60, doc: "In °C" }) limit: f64 = 25;

  /** Kept through restarts, crashes and new versions. */
  @state tooWarm: bool = false;
  @state alerts: i32 = 0;

  @on("sensors/{room}/temperature")
  reading(message: Message): void {
    const celsius = message.json().f64("value");
    const tooWarm = celsius > this.limit;
    if (tooWarm && !this.tooWarm) {
      this.alerts++;
      publish(`alerts/${this.room}`, new JsonWriter().set("celsius", celsius).set("limit", this.limit));
    }
    this.tooWarm = tooWarm;
  }

  @every("1h")
  summary(): void {
    log.info(`${this.alerts} alerts so far`);
  }
}
