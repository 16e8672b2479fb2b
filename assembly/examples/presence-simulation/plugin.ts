import {
  cancelTimer,
  config,
  cron,
  duration,
  Message,
  on,
  publish,
  publishes,
  randomInt,
  startTimer,
  state,
  timer,
  workflow,
} from "steppps";

/** Makes an empty house look lived in: on evenings away, lights go on and off at different times each day. */
@workflow({ version: "1.0.0" })
@publishes("zigbee2mqtt/+/set")
class PresenceSimulation {
  /** Friendly names of the lights, with commas between */
  @config lights: string = "living_room,kitchen,bedroom";
  @config({ min: 1, max: 180, doc: "In minutes" }) shortest: i32 = 15;
  @config({ min: 1, max: 180, doc: "In minutes" }) longest: i32 = 50;

  @state away: bool = false;

  /** "true" or "on" when everybody leaves. */
  @on("home/away")
  leave(message: Message): void {
    const text = message.text().toLowerCase();
    this.away = text == "true" || text == "on" || message.json().bool("away");
    if (this.away) return;
    const lights = this.names();
    for (let i = 0; i < lights.length; i++) {
      cancelTimer(`on/${lights[i]}`);
      cancelTimer(`off/${lights[i]}`);
    }
  }

  /** Every hour of the evening each light goes on once, at some minute. */
  @cron("0 18-22 * * *")
  plan(): void {
    if (!this.away) return;
    const lights = this.names();
    for (let i = 0; i < lights.length; i++) {
      startTimer(`on/${lights[i]}`, randomInt(0, duration("55m")));
    }
  }

  @timer("on/+")
  turnOn(message: Message): void {
    publish(`zigbee2mqtt/${message.level(1)}/set`, '{"state":"ON"}');
    startTimer(`off/${message.level(1)}`, randomInt(this.shortest, this.longest) * 60_000);
  }

  @timer("off/+")
  turnOff(message: Message): void {
    publish(`zigbee2mqtt/${message.level(1)}/set`, '{"state":"OFF"}');
  }

  /** Late at night everything is dark, whatever was planned. */
  @cron("30 23 * * *")
  night(): void {
    if (!this.away) return;
    const lights = this.names();
    for (let i = 0; i < lights.length; i++) {
      cancelTimer(`on/${lights[i]}`);
      cancelTimer(`off/${lights[i]}`);
      publish(`zigbee2mqtt/${lights[i]}/set`, '{"state":"OFF"}');
    }
  }

  private names(): string[] {
    const names: string[] = [];
    const parts = this.lights.split(",");
    for (let i = 0; i < parts.length; i++) if (parts[i].trim() != "") names.push(parts[i].trim());
    return names;
  }
}
