import { InferenceResult, infer, inference, Message, on, publish, state, Tensor, workflow } from "steppps";

/** Asks a model again with each result, as often as the message says. */
@workflow({ version: "1.0.0", durability: "memory" })
class Asker {
  @state left: i32 = 0;

  @on("bench/in")
  start(message: Message): void {
    this.left = I32.parseInt(message.text());
    ask();
  }

  @inference("crossing")
  onResult(result: InferenceResult): void {
    this.left--;
    if (this.left > 0 && result.ok) ask();
    else publish("bench/out", result.ok ? "done" : result.code);
  }
}

function ask(): void {
  infer("crossing", Tensor.f32(new Array<f32>(64).fill(0.5), [1, 64]), "", 5000);
}
