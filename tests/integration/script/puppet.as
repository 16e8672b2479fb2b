import { cancelTimer, config, every, log, Message, now, on, publish, publishes, QOS1, QOS2, reject, startTimer, state, StateMap, timer, workflow } from "steppps";

/** Does what it is told, good or bad: `do/<what>` with an argument. */
@workflow({ version: "1.0.0", limits: { deadlineMs: 100, memoryBytes: 4194304, effectBytes: 262144 } })
@publishes("out/+")
class Puppet {
  @state count: i64 = 0;
  @state map: StateMap<string, string> = new StateMap();

  @on("do/add")
  add(message: Message): void {
    this.count += I64.parseInt(message.text());
    publish("out/count", this.count.toString(), QOS1);
  }

  /** Counts without a word. */
  @on("do/hush")
  hush(message: Message): void {
    this.count += I64.parseInt(message.text());
  }

  /** "<name> <ms>" */
  @on("do/timer")
  set(message: Message): void {
    const words = message.text().split(" ");
    startTimer("t/" + words[0], I64.parseInt(words[1]), "note of " + words[0]);
  }

  @on("do/cancel")
  cancel(message: Message): void {
    cancelTimer("t/" + message.text());
  }

  @timer("t/+")
  rang(message: Message): void {
    this.count++;
    publish("out/rang", message.level(1) + " " + message.text() + " " + now().toString(), QOS1);
  }

  /** Begins a round of messages from itself to itself. */
  @on("do/echo")
  echo(message: Message): void {
    publish("out/again", message.text(), QOS2);
  }

  @on("out/again")
  again(message: Message): void {
    const left = I32.parseInt(message.text());
    this.count++;
    if (left > 0) publish("out/again", (left - 1).toString(), QOS1);
    else publish("out/done", this.count.toString(), QOS1);
  }

  @every("1h")
  hourly(): void {
    publish("out/hour", now().toString(), QOS1);
  }

  /** "<key> <value>"; without a value the key goes. */
  @on("do/put")
  put(message: Message): void {
    const words = message.text().split(" ");
    if (words.length > 1) this.map.set(words[0], words[1]);
    else this.map.delete(words[0]);
  }

  /** So many bytes of state under so many keys. */
  @on("do/fill")
  fill(message: Message): void {
    const words = message.text().split(" ");
    const keys = I32.parseInt(words[0]);
    for (let i = 0; i < keys; i++) this.map.set("key" + i.toString(), "x".repeat(I32.parseInt(words[1])));
  }

  @on("do/timers")
  timers(message: Message): void {
    const words = message.text().split(" ");
    for (let i = I32.parseInt(words[0]); i < I32.parseInt(words[1]); i++) startTimer("t/" + i.toString(), "1d");
  }

  @on("do/publish")
  say(message: Message): void {
    this.count++;
    publish(message.text(), "said", QOS1);
  }

  /** So many messages of 1 KiB. */
  @on("do/storm")
  storm(message: Message): void {
    const text = "s".repeat(1024);
    for (let i = I32.parseInt(message.text()); i > 0; i--) publish("out/storm", text, QOS1);
  }

  @on("do/reject")
  refuse(message: Message): void {
    this.count += 100;
    log.info("about to reject");
    reject("not for me: " + message.text());
  }

  @on("do/trap")
  trap(): void {
    this.count += 1000;
    publish("out/never", "trap");
    unreachable();
  }

  @on("do/abort")
  fail(): void {
    this.count += 1000;
    assert(false, "as told");
  }

  @on("do/loop")
  loop(): void {
    while (true) this.count++;
  }

  @on("do/grow")
  grow(): void {
    const kept: Uint8Array[] = [];
    while (true) kept.push(new Uint8Array(65536));
  }

  @on("do/recurse")
  recurse(message: Message): void {
    publish("out/depth", deeper(message.length).toString());
  }
}

// @ts-ignore: decorator
@inline(never)
function deeper(n: i32): i32 {
  return n < 0 ? 0 : 1 + deeper(n + 1) + deeper(n + 2);
}
