import {
  config,
  InferenceResult,
  infer,
  inference,
  JsonWriter,
  log,
  Message,
  now,
  on,
  publish,
  QOS1,
  RETAIN,
  state,
  Tensor,
  workflow,
} from "steppps";

/** What the model "telemetry" takes, in its order, and where each comes from. */
const READINGS = [
  "load load1",
  "load load5",
  "load running",
  "load threads",
  "pressure cpu_some10",
  "pressure memory_some10",
  "pressure io_some10",
  "memory used_percent",
  "disk read_per_s",
  "disk written_per_s",
  "network received_per_s",
  "network sent_per_s",
];

/** Asks a model whether this machine's readings, taken together, are unusual, and says which of them stands out. */
@workflow({ version: "1.0.0", durability: "memory" })
class MachineUnusual {
  /** How far beyond what the model calls unusual it has to be */
  @config({ min: 0.1 }) factor: f64 = 1;
  /** How many answers in a row have to agree, for one odd moment is none */
  @config({ min: 1 }) agree: i32 = 3;

  /** The last value of each reading. */
  @state values: f64[] = [];
  /** Answers in a row that say the other thing than what was said last. */
  @state contrary: i32 = 0;
  @state unusual: bool = false;

  @on("machine/+")
  onReading(message: Message): void {
    const kind = message.level(1) + " ";
    if (this.values.length == 0) for (let i = 0; i < READINGS.length; i++) this.values.push(NaN);
    for (let i = 0; i < READINGS.length; i++) {
      if (READINGS[i].startsWith(kind)) this.values[i] = message.json().f64(READINGS[i].substring(kind.length));
    }
    // The network's is the last reading of a round.
    if (kind == "network ") this.ask();
  }

  private ask(): void {
    const row: f32[] = [];
    for (let i = 0; i < this.values.length; i++) {
      if (isNaN(this.values[i])) return; // not measured yet, or not by this machine
      row.push(<f32>this.values[i]);
    }
    infer("telemetry", Tensor.f32(row, [1, row.length]));
  }

  @inference("telemetry")
  onResult(result: InferenceResult): void {
    if (!result.ok) {
      if (result.code != "E_INFER_MODEL") log.warn(`no answer: ${result.code}`);
      return;
    }
    const unusual = result.score > this.factor;
    this.contrary = unusual == this.unusual ? 0 : this.contrary + 1;
    if (this.contrary < this.agree) return;
    this.contrary = 0;
    this.unusual = unusual;
    const residuals = result.output(1);
    const most = READINGS[max(residuals.argMax(), 0)].split(" ")[1];
    if (unusual) log.warn(`unusual readings, most of all ${most}`);
    else log.info("the readings are usual again");
    publish(
      "alerts/unusual",
      new JsonWriter()
        .set("unusual", unusual)
        .set("score", result.score)
        .set("reading", unusual ? most : "")
        .set("model", `${result.model} ${result.version}`)
        .set("time", now()),
      QOS1 | RETAIN,
    );
  }
}
