import {
  cancelTimer,
  config,
  Duration,
  duration,
  log,
  Message,
  on,
  publish,
  QOS1,
  startTimer,
  state,
  timer,
  workflow,
} from "steppps";

/**
 * Keeps the house below its power limit: switches loads off, the least important first, when it draws too much for a
 * while, and on again, in turn, when there has been room for longer. Works with zigbee2mqtt's smart plugs.
 */
@workflow({ version: "1.0.0" })
class PowerPeakLimiter {
  /** The meter's friendly name; it reports "power" in W */
  @config meter: string = "main_meter";
  /** In W */
  @config({ min: 100 }) limit: f64 = 7000;
  /** In W below the limit: only when it draws less than this is there room again */
  @config({ min: 0 }) margin: f64 = 2500;
  /** How long too much is tolerated */
  @config tolerate: Duration = duration("30s");
  /** How long there has to be room before the next load comes back */
  @config restore_after: Duration = duration("5m");
  /** The load that goes first and comes back last */
  @config first: string = "water_heater";
  @config second: string = "car_charger";
  /** The load that goes last and comes back first */
  @config third: string = "dryer";

  /** Loads that are off, counted from the first. */
  @state shed: i32 = 0;
  @state high: bool = false;
  @state low: bool = false;

  @on("zigbee2mqtt/{meter}")
  reading(message: Message): void {
    const watts = message.json().f64("power");
    if (isNaN(watts)) return;
    // Between the two bounds nothing begins and nothing is called off but what the reading contradicts.
    this.high = this.follow("shed", this.high, watts > this.limit, this.tolerate);
    this.low = this.follow("restore", this.low, watts < this.limit - this.margin, this.restore_after);
  }

  /** Starts the timer when a condition begins to hold, and calls it off when it ends. */
  private follow(name: string, held: bool, holds: bool, after: i64): bool {
    if (holds && !held) startTimer(name, after);
    if (held && !holds) cancelTimer(name);
    return holds;
  }

  @timer("shed")
  shedNext(): void {
    if (this.shed == 3) return log.warn("everything is off and it still draws too much");
    this.shed++;
    this.turn(this.shed, "OFF");
    if (this.high) startTimer("shed", this.tolerate);
  }

  @timer("restore")
  restoreNext(): void {
    if (this.shed == 0) return;
    this.turn(this.shed, "ON");
    this.shed--;
    if (this.low && this.shed > 0) startTimer("restore", this.restore_after);
  }

  private turn(load: i32, state: string): void {
    const command = `{"state":"${state}"}`;
    if (load == 1) publish(`zigbee2mqtt/${this.first}/set`, command, QOS1);
    else if (load == 2) publish(`zigbee2mqtt/${this.second}/set`, command, QOS1);
    else publish(`zigbee2mqtt/${this.third}/set`, command, QOS1);
  }
}
