import {
  cancelTimer,
  config,
  Duration,
  duration,
  JsonWriter,
  Message,
  now,
  on,
  publish,
  publishes,
  QOS1,
  RETAIN,
  reject,
  StateMap,
  startTimer,
  state,
  timer,
  workflow,
} from "steppps";

/** A refrigerator that is too warm, or whose sensor is silent. */
class Alarm {
  since: i64 = 0;
  warmest: f64 = 0;
  /** 0: waiting whether it passes; 1: warning; 2: urgent; 3: critical. */
  level: i32 = 0;
}

/** Watches refrigerators: warns when one stays too warm, and tells more people the longer it lasts. */
@workflow({ version: "1.0.0" })
@publishes("alerts/cold-chain/+")
class ColdChain {
  /** In °C; at or below it all is well */
  @config({ min: -90, max: 40 }) limit: f64 = 8;
  /** How long a door may stand open */
  @config grace: Duration = duration("15m");
  /** From warning to urgent */
  @config urgent_after: Duration = duration("1h");
  /** From urgent to critical: by then the goods are lost */
  @config critical_after: Duration = duration("3h");
  /** A sensor that says nothing for so long counts as broken */
  @config silent_after: Duration = duration("30m");

  @state alarms: StateMap<string, Alarm> = new StateMap();

  @on("cold/+/temperature")
  reading(message: Message): void {
    const unit = message.level(1);
    const celsius = message.json().f64("temperature");
    if (isNaN(celsius)) return reject("no temperature in it");
    startTimer(`silent/${unit}`, this.silent_after);
    if (celsius <= this.limit) return this.recovered(unit, celsius);
    if (!this.alarms.has(unit)) {
      this.alarms.set(unit, new Alarm());
      startTimer(`escalate/${unit}`, this.grace);
    }
    const alarm = this.alarms.get(unit);
    if (alarm.since == 0) {
      alarm.since = now();
      alarm.warmest = celsius;
    }
    alarm.warmest = max(alarm.warmest, celsius);
  }

  private recovered(unit: string, celsius: f64): void {
    if (!this.alarms.has(unit)) return;
    if (this.alarms.get(unit).level > 0) this.say(unit, "ok", celsius);
    this.alarms.delete(unit);
    cancelTimer(`escalate/${unit}`);
  }

  @timer("escalate/+")
  escalate(message: Message): void {
    const unit = message.level(1);
    if (!this.alarms.has(unit)) return;
    const alarm = this.alarms.get(unit);
    alarm.level++;
    if (alarm.level == 1) startTimer(`escalate/${unit}`, this.urgent_after);
    if (alarm.level == 2) startTimer(`escalate/${unit}`, this.critical_after);
    this.say(unit, alarm.level == 1 ? "warning" : alarm.level == 2 ? "urgent" : "critical", alarm.warmest);
  }

  @timer("silent/+")
  silent(message: Message): void {
    this.say(message.level(1), "silent", NaN);
  }

  private say(unit: string, level: string, celsius: f64): void {
    const alert = new JsonWriter().set("unit", unit).set("level", level).set("limit", this.limit).set("time", now());
    if (!isNaN(celsius)) alert.set("celsius", celsius);
    if (this.alarms.has(unit)) alert.set("minutes", (now() - this.alarms.get(unit).since) / 60_000);
    // Retained, so that a display that is switched on later shows it.
    publish(`alerts/cold-chain/${unit}`, alert, QOS1 | RETAIN);
  }
}
