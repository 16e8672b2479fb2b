import { type Built, buildSources } from "../guests.ts";

/** Versions that ask the model `double` about each number they are given; `asks`: what exactly; `step`: how the total goes on. */
export async function buildAskers(...versions: readonly { version: string; step: string; asks: string }[]): Promise<Built[]> {
  return buildSources(...versions.map(source));
}

function source({ version, step, asks }: { version: string; step: string; asks: string }): string {
  return `import { infer, inference, InferenceResult, Message, on, publish, QOS1, state, Tensor, workflow } from "steppps";

@workflow({ version: "${version}", limits: { deadlineMs: 200, memoryBytes: 4194304 } })
class Asker {
  @state asked: i64 = 0;
  @state told: i64 = 0;
  /** What the answers come to, in whichever order. */
  @state sum: i64 = 0;
  /** Their order, too. */
  @state total: i64 = 0;

  @on("in/ask")
  ask(m: Message): void {
    this.asked++;
    this.take(1);
    const n = I64.parseInt(m.text());
    infer("double", Tensor.f32([<f32>(${asks})], [1, 1]), m.text(), 60000);
  }

  @on("in/add")
  add(m: Message): void {
    this.take(I64.parseInt(m.text()));
  }

  @inference("double")
  onDouble(r: InferenceResult): void {
    this.told++;
    const n = <i64>r.output().at(0);
    this.sum += n;
    this.take(n);
    publish("out/told", r.tag + " " + n.toString(), QOS1);
  }

  private take(n: i64): void {
    this.total = (this.total * ${step} + n) % 1000000007;
  }
}
`;
}
