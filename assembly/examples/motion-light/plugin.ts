import { config, Duration, duration, log, Message, on, publish, reject, startTimer, cancelTimer, state, StateMap, timer, workflow } from "steppps";

/** Turns a light on at motion and off again after a while. */
@workflow({ version: "1.0.0" })
class MotionLight {
  /** zigbee2mqtt's name of the motion sensor */
  @config sensor: string = "hall_motion";
  /** zigbee2mqtt's name of the light */
  @config light: string = "hall_light";
  @config off_after: Duration = duration("3m");
  @state lit: bool = false;
  @state seen: StateMap<string, f64> = new StateMap();

  @on("zigbee2mqtt/{sensor}")
  motion(message: Message): void {
    const json = message.json();
    this.seen.set("battery", json.f64("battery", 100));
    if (json.bool("occupancy")) {
      this.lit = true;
      publish(`zigbee2mqtt/${this.light}/set`, '{"state":"ON"}');
      startTimer("off", this.off_after);
    }
  }

  @timer("off")
  off(): void {
    this.lit = false;
    publish(`zigbee2mqtt/${this.light}/set`, '{"state":"OFF"}');
  }
}
