import { infer, inference, InferenceResult, JsonWriter, Message, on, publish, publishes, QOS1, state, Tensor, timer, startTimer, workflow } from "steppps";

/** Asks a model what it makes of numbers, and counts what it is told. */
@workflow({ version: "1.0.0" })
@publishes("out/+")
class Asker {
  @state asked: i64 = 0;
  @state told: i64 = 0;
  @state sum: f64 = 0;

  /** "<tag> <number>…": each with its own request where it begins with "each". */
  @on("ask/numbers")
  numbers(message: Message): void {
    const words = message.text().split(" ");
    const values: f32[] = [];
    for (let i = 1; i < words.length; i++) values.push(<f32>parseFloat(words[i]));
    this.asked++;
    infer("double", Tensor.f32(values, [1, values.length]), words[0], 5000);
  }

  @on("ask/many")
  many(message: Message): void {
    const count = I32.parseInt(message.text());
    for (let i = 0; i < count; i++) {
      this.asked++;
      infer("double", [Tensor.f32([<f32>i], [1, 1])], i.toString(), 5000);
    }
  }

  /** As fast as answers come, so many times. */
  @on("ask/chain")
  chain(message: Message): void {
    this.asked++;
    infer("double", Tensor.f32([<f32>parseFloat(message.text())], [1, 1]), "chain", 5000);
  }

  @on("ask/payload")
  payload(message: Message): void {
    this.asked++;
    infer("length", message, "payload");
  }

  @on("ask/bad")
  bad(message: Message): void {
    this.asked++;
    infer("double", Tensor.i32([1, 2, 3]), "bad");
  }

  @on("ask/late")
  late(): void {
    startTimer("late", "1s");
  }

  @timer("late")
  rang(): void {
    this.asked++;
    infer("double", Tensor.f32([<f32>100], [1, 1]), "late");
  }

  @inference("double")
  onDouble(result: InferenceResult): void {
    this.told++;
    const out = new JsonWriter().set("tag", result.tag).set("model", result.model);
    if (result.ok) {
      const output = result.output();
      this.sum += output.at(0);
      out.set("values", output.values()).set("dims", output.dims).set("told", this.told);
      if (result.tag == "chain" && output.at(0) < 1000) {
        this.asked++;
        infer("double", Tensor.f32([<f32>output.at(0)], [1, 1]), "chain", 5000);
      }
    } else out.set("code", result.code);
    publish("out/told", out, QOS1);
  }

  @inference("length")
  onLength(result: InferenceResult): void {
    this.told++;
    publish("out/length", result.ok ? result.output().at(0).toString() + " " + result.provider + " " + result.version : result.code, QOS1);
  }
}
