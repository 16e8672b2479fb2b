import { every, Message, now, on, publish, QOS1, random, StateMap, startTimer, state, timer, workflow } from "steppps";

/** Everything that could come out otherwise on another processor: floats of both widths, NaN, transcendentals, randomness, order. */
@workflow({ version: "1.0.0" })
class Numbers {
  @state sum: f64 = 0;
  @state single: f32 = 0;
  @state count: i64 = 0;
  @state last: StateMap<string, f64> = new StateMap();

  @on("in/+")
  take(message: Message): void {
    const value = message.json().f64("value");
    this.count++;
    this.sum += Math.sin(value) * Math.exp(-value / 7) + Math.pow(Math.abs(value), 0.37) - Math.log1p(value * value);
    this.single = <f32>(this.single * <f32>0.9 + <f32>value / <f32>3.0);
    const odd = value < 0 ? Math.sqrt(value) : Math.atan2(value, this.sum);
    this.last.set(message.topic, odd);
    publish("out/sum", this.sum.toString() + " " + this.single.toString() + " " + odd.toString(), QOS1);
    publish("out/draw", random().toString() + " " + now().toString());
    if (this.count % 7 == 0) startTimer("late", "3s");
  }

  @timer("late")
  late(): void {
    publish("out/keys", this.last.keys().join(","));
  }

  @every("10s")
  tick(): void {
    publish("out/bits", reinterpret<i64>(this.sum * 0.1 + NaN * 0).toString());
  }
}
