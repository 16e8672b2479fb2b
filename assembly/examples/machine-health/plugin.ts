import { config, JsonWriter, log, Message, now, on, publish, QOS1, RETAIN, StateMap, state, workflow } from "steppps";

/** Watches this machine's own readings and says when something is wrong and when it is well again. */
@workflow({ version: "1.0.0" })
class MachineHealth {
  /** Processes that want to run, over one minute */
  @config({ min: 0 }) load: f64 = 8;
  @config({ min: 0, max: 100, doc: "Percent of memory in use" }) memory: f64 = 90;
  @config({ min: 0, max: 100, doc: "Percent of the disk in use" }) disk: f64 = 90;
  /** In °C */
  @config celsius: f64 = 80;
  @config({ min: 0, max: 100, doc: "Percent of the time that something waited for memory" }) pressure: f64 = 20;
  @config({ min: 0, max: 50, doc: "Percent below its limit that a reading has to fall before all is well again" })
  hysteresis: f64 = 10;

  /** What is wrong, and since when (ms since the epoch). */
  @state wrong: StateMap<string, i64> = new StateMap();

  @on("machine/load")
  onLoad(message: Message): void {
    this.check("load", message.json().f64("load1"), this.load);
  }

  @on("machine/memory")
  onMemory(message: Message): void {
    this.check("memory", message.json().f64("used_percent"), this.memory);
  }

  @on("machine/disk")
  onDisk(message: Message): void {
    this.check("disk", message.json().f64("used_percent"), this.disk);
  }

  @on("machine/temperature")
  onTemperature(message: Message): void {
    this.check("temperature", message.json().f64("celsius"), this.celsius);
  }

  @on("machine/pressure")
  onPressure(message: Message): void {
    this.check("pressure", message.json().f64("memory_some10"), this.pressure);
  }

  private check(what: string, value: f64, limit: f64): void {
    if (isNaN(value)) return; // this machine does not measure it
    const wrong = this.wrong.has(what);
    if (!wrong && value > limit) {
      this.wrong.set(what, now());
      log.warn(`${what} is ${value}, above ${limit}`);
      this.say(what, "high", value, limit);
    } else if (wrong && value <= limit * (1 - this.hysteresis / 100)) {
      this.wrong.delete(what);
      log.info(`${what} is ${value}, well again`);
      this.say(what, "ok", value, limit);
    }
  }

  private say(what: string, level: string, value: f64, limit: f64): void {
    const alert = new JsonWriter()
      .set("what", what)
      .set("level", level)
      .set("value", value)
      .set("limit", limit)
      .set("time", now());
    publish("alerts/machine", alert.set("wrong", this.wrong.keys()), QOS1 | RETAIN);
  }
}
