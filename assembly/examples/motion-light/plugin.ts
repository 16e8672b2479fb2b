import { cancelTimer, config, Duration, duration, Message, on, publish, startTimer, state, timer, workflow } from "steppps";

/** Turns a light on at motion in the dark, and off a while after the last motion. Works with zigbee2mqtt. */
@workflow({ version: "1.0.0" })
class MotionLight {
  /** The motion sensor's friendly name in zigbee2mqtt */
  @config sensor: string = "hall_motion";
  /** The light's friendly name in zigbee2mqtt */
  @config light: string = "hall_light";
  /** How long the light stays on after the last motion */
  @config off_after: Duration = duration("3m");
  @config({ min: 0, doc: "Only when it is darker than this, in lux; sensors that do not measure light always count as dark" })
  darker_than: f64 = 50;
  @config({ min: 1, max: 254 }) brightness: i32 = 200;

  /** Whether it was this plugin that turned the light on: what people turn on stays on. */
  @state ours: bool = false;
  @state lit: bool = false;

  @on("zigbee2mqtt/{sensor}")
  motion(message: Message): void {
    const reading = message.json();
    if (!reading.get("occupancy").isBool) return; // battery and link quality come alone, too
    if (!reading.bool("occupancy")) {
      if (this.ours) startTimer("off", this.off_after);
      return;
    }
    cancelTimer("off");
    if (this.lit || reading.f64("illuminance", 0) >= this.darker_than) return;
    this.ours = true;
    this.lit = true;
    publish(`zigbee2mqtt/${this.light}/set`, `{"state":"ON","brightness":${this.brightness}}`);
  }

  /** Someone else turned the light on or off. */
  @on("zigbee2mqtt/{light}")
  changed(message: Message): void {
    const lit = message.json().string("state") == "ON";
    if (!lit) {
      this.ours = false;
      cancelTimer("off");
    }
    this.lit = lit;
  }

  @timer("off")
  off(): void {
    this.ours = false;
    this.lit = false;
    publish(`zigbee2mqtt/${this.light}/set`, '{"state":"OFF","transition":2}');
  }
}
