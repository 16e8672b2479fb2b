import {
  config,
  Duration,
  duration,
  JsonWriter,
  Message,
  on,
  publish,
  QOS1,
  RETAIN,
  reject,
  StateMap,
  startTimer,
  state,
  timer,
  workflow,
} from "steppps";

/**
 * Opens a valve when two of three level sensors say that the tank is full, so that one broken sensor decides nothing. A
 * sensor that is silent has no vote (a dead-man's timer); with fewer than two voters the valve opens, to be safe.
 */
@workflow({ version: "1.0.0" })
class SensorVote {
  @config({ min: 0, max: 100, doc: "In percent; at or above it a sensor votes for open" }) full_at: f64 = 90;
  /** A sensor that says nothing for so long loses its vote */
  @config silent_after: Duration = duration("30s");
  @config valve: string = "overflow";

  /** The last level that each sensor with a vote reported, in percent. */
  @state levels: StateMap<string, f64> = new StateMap();
  /** What was said last: "", "open" or "closed". */
  @state said: string = "";

  @on("tank/+/level")
  reading(message: Message): void {
    const percent = message.json().f64("percent");
    if (!(percent >= 0 && percent <= 100)) return reject("no level from 0 to 100 percent in it");
    const sensor = message.level(1);
    this.levels.set(sensor, percent);
    startTimer(`silent/${sensor}`, this.silent_after);
    // Until a second sensor has spoken nothing is decided, but a valve that was decided on stays so.
    if (this.levels.size > 1 || this.said != "") this.decide();
  }

  @timer("silent/+")
  silent(message: Message): void {
    this.levels.delete(message.level(1));
    this.decide();
  }

  private decide(): void {
    const levels = this.levels.values();
    let full = 0;
    for (let i = 0; i < levels.length; i++) if (levels[i] >= this.full_at) full++;
    const open = levels.length < 2 || full >= 2;
    const position = open ? "open" : "closed";
    if (position == this.said) return;
    this.said = position;
    const command = new JsonWriter().set("position", position).set("votes", full).set("voters", levels.length);
    publish(`valve/${this.valve}/set`, command, QOS1 | RETAIN);
  }
}
