import { Message, migrate, oldState, on, publish, publishes, QOS1, reject, startTimer, state, StateMap, timer, workflow, log } from "steppps";

/** Written over in the compiled module: two digits of what it does (behaviours.ts), six letters that an input has where it does it. */
const PARAMETERS = "@STORM:00:......";

/** Books every input once, and then does what a version of its kind does. */
@workflow({ version: "1.0.0", limits: { deadlineMs: 100, memoryBytes: 4194304, effectBytes: 262144 } })
@publishes("booked/+", "rung/+", "noise/+", "echo/+", "books/+")
class Tally {
  @state count: i64 = 0;
  @state sum: i64 = 0;
  @state mix: i64 = 0;
  @state rung: i64 = 0;
  @state rungSum: i64 = 0;
  @state moves: i32 = 0;
  @state notes: StateMap<string, string> = new StateMap();

  does: i32 = -1;
  leaked: Uint8Array[] = [];

  /** `in/<plugin>/<key>` with "<number>" or "<number> <six letters>": one that 5 divides also sets a durable timer of its own. */
  @on("in/+/+")
  book(message: Message): void {
    const words = message.text().split(" ");
    const plugin = message.level(1);
    const n = I64.parseInt(words[0]);
    this.count++;
    this.sum += n;
    this.mix ^= n * 2654435761;
    publish("booked/" + plugin, n.toString(), QOS1);
    if (n % 5 == 0) startTimer("ring/" + plugin + "/" + n.toString(), 20 + (n % 300));
    if (this.does < 0) this.does = I32.parseInt(PARAMETERS.substr(7, 2));
    if (this.does == 0) return;
    if (this.does < 50 || (words.length > 1 && words[1] == PARAMETERS.substr(10, 6))) this.misbehave(plugin, n, this.does % 50);
  }

  @timer("ring/+/+")
  ring(message: Message): void {
    const n = I64.parseInt(message.level(2));
    this.rung++;
    this.rungSum += n;
    publish("rung/" + message.level(1), n.toString(), QOS1);
  }

  @timer("flood/+")
  flooded(): void {}

  @on("echo/+")
  echo(message: Message): void {
    if (this.does % 50 == 15) for (let i = 0; i < 3; i++) publish("echo/" + message.level(1), "again", QOS1);
  }

  @on("ask/+")
  tell(message: Message): void {
    publish("books/" + message.level(1), `${this.count} ${this.sum} ${this.mix} ${this.rung} ${this.rungSum}`, QOS1);
  }

  /** Only where the manifest says that it migrates. */
  @migrate move(from: string): void {
    const does = I32.parseInt(PARAMETERS.substr(7, 2));
    if (does == 20) unreachable();
    if (does == 21) while (true) this.moves++;
    if (does == 22) reject("not from " + from);
    this.moves = <i32>oldState("moves").asF64() + 1;
  }

  private misbehave(plugin: string, n: i64, how: i32): void {
    if (how == 1) unreachable();
    if (how == 2) assert(false, "as its kind does");
    if (how == 3) while (true) this.sum++;
    if (how == 4) while (true) this.leaked.push(new Uint8Array(65536));
    if (how == 5) this.sum += deeper(<i32>n & 7);
    if (how == 6) this.sum += busy(n);
    if (how == 7) this.leaked.push(new Uint8Array(131072));
    if (how == 8) publish("elsewhere/" + plugin, "hello", QOS1);
    if (how == 9) publish("stepp" + "ps/edge/rpc/remove/".concat(plugin), "hello", QOS1);
    if (how == 10) publish("booked/#", "hello", QOS1);
    if (how == 11) for (let i = 0; i < 300; i++) publish("noise/" + plugin, "n".repeat(1024), QOS1);
    if (how == 12) for (let i = 0; i < 24; i++) publish("noise/" + plugin, "n".repeat(1024));
    if (how == 13) this.notes.set(n.toString(), "x".repeat(65536));
    if (how == 14) for (let i = 0; i < 3000; i++) startTimer("flood/" + (n * 3000 + i).toString(), "1d");
    if (how == 15) publish("echo/" + plugin, "begin", QOS1);
    if (how == 16) for (let i = 0; i < 300; i++) log.info("l".repeat(1024));
    if (how == 17) reject("nothing suits it");
  }
}

// @ts-ignore: decorator
@inline(never)
function deeper(n: i32): i32 {
  return n < 0 ? 0 : 1 + deeper(n + 1) + deeper(n + 2);
}

/** Some milliseconds of work that comes to nothing. */
// @ts-ignore: decorator
@inline(never)
function busy(n: i64): i64 {
  let x = <u64>n | 1;
  for (let i = 0; i < 4000000; i++) x = x * 6364136223846793005 + 1442695040888963407;
  return x == 0 ? 1 : 0;
}
