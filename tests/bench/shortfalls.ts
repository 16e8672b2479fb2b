interface Shortfall {
  readonly figures: RegExp;
  readonly why: string;
}

/** Why figures that fall short do, as profiles showed, and what would change it. The page has only those that do. */
const SHORTFALLS: readonly Shortfall[] = [
  {
    figures: /^throughput that metrics and tracing cost/,
    why:
      "Every message carries a traceparent here, some 70 bytes in and out of MQTT 5's user properties. By loops alone reading one is 0.09 us and writing one " +
      "0.18 us of the 15 us that a message costs, 1.8 %; where the rest of the 7 % goes is not found (packets are nearly twice as long, and two runs said 4.5 % " +
      "and 7 %). Recording without traces costs nothing that can be measured. Traces on a share of the messages would cost that share.",
  },
  {
    figures: /^boot, .*: QEMU's start to the first MQTT message/,
    why:
      "Under emulation a processor is some 30 times slower than this machine. By counted instructions messages are handled 2.75 s after the kernel's start: 0.7 s " +
      "are the kernel's, 1.3 s go by until Node runs our first line, 0.7 s are the supervisor's; the first answer comes 0.2 s later. By the host's clock it is 4.5 s: " +
      "that clock has the emulator's own work in it too, such as translating what runs once, and that difference has not been profiled.",
  },
  {
    figures: /^boot, .*in times of stock Alpine's start to its login/,
    why:
      "The bound was set by 66 s that Alpine had been measured to take, most of which was an agent that the wheel adds to it. Without the agent its login is there " +
      "after about 10 s, and a fifth of that is less than Node takes to start.",
  },
  {
    figures: /^boot, .*in times of the same image's start to an empty script/,
    why:
      "An empty script has no journal, sandboxes, broker, plugins, network or client. By counted instructions the supervisor handles messages at 1.7 times the empty " +
      "script's start; the rest is what comes between that and a client's first answer.",
  },
  {
    figures: /^power cuts: states that lost or repeated/,
    why:
      "One state of the four that were started did not answer within 240 s, while the whole test suite ran beside it; why was cut off the report, which " +
      "is mended. In some 25 starts of other cards since it did not come again, and it is not explained.",
  },
  {
    figures: /^storm: resident memory, growth/,
    why:
      "It rises in steps, not with every deploy: heap snapshots in a step have some 24,000 messages on their way inside the device, as when more versions that " +
      "flood themselves are at work at once than ever before (a queue holds 10,000), and V8 and malloc keep what a step took. A run of 2,020 deploys (seed 77) had " +
      "its last step at the 700th and stood at 584 to 596 MB from there; live heap 40 to 60 MB.",
  },
  {
    figures: /^storm: other things found wrong/,
    why: "A version that floods passed its gate because its plugin had too few inputs meanwhile (five are asked for) to be judged by.",
  },
  {
    figures: /^storm: (?:good|bad) versions/,
    why:
      "With some hundred inputs a gate of two seconds can't tell a version that is slow at a few of them from a machine that is busy: one such passes, or a good one is " +
      "held back, now and then. Which ones is in the storm's report.",
  },
  {
    figures: /^supervisor idle .*RSS/,
    why:
      "55 MB are pages of files, 46 of them Node's own program (of which bare Node touches 32, and a thread of JavaScript another 10), 20 are V8's heaps: " +
      "the journal's thread has one of its own (7 MB). V8's optimising compilers are left asleep while nothing is to be done, which was 9 MB. What gave " +
      "less than 0.5 MB each: HTTP, zlib and readline only when they are needed, one malloc arena, one V8 thread, --optimize-for-size. Without V8's " +
      "baseline compiler it would be 1.4 MB less, without its compile cache 0.7.",
  },
  {
    figures: /^cost per message, 200 plugins that take turns/,
    why:
      "A batch has a fixed price: a turn of the sandbox and rows in the journal. With the same number of messages under way, 200 busy plugins have " +
      "batches of 20 where one plugin has batches of 512. Finding the plugin costs nothing more, as the row above shows.",
  },
  {
    figures: /^QoS \d: messages out, supervisor \+ mosquitto/,
    why:
      "mosquitto writes every message alone, on one thread, and is what bounds both: the supervisor takes less of the CPU than Node-RED does, " +
      "but that gives mosquitto no more than the one core it can use.",
  },
  {
    figures: /^QoS \d: CPU of the worker per message, supervisor \+ mosquitto/,
    why:
      "Messages come from mosquitto one at a time, so batches stay small, and each pays for waking up, reading, and a sandbox's thread: most of this " +
      "CPU time is the kernel's.",
  },
  {
    figures: /p99 at 5000.s, supervisor, embedded broker, memory against/,
    why:
      "The median is a tenth of Node-RED's. The slowest hundredth waits for a turn of the CPU: publisher, subscriber and supervisor share two cores, where " +
      "whoever runs does so for a slice of 4 ms, and a collection of garbage takes 1 to 2 ms.",
  },
  {
    figures: /^deploy: command to first message handled by the new version/,
    why:
      "Most of it is the start of the command's own process (Node, the command line, MQTT.js), which shares two " +
      "cores with publisher, subscriber and supervisor at work; the row without it shows what the deploy itself takes.",
  },
  {
    figures: /^deploy: gap in handling/,
    why:
      "Publisher, subscriber, the command and the supervisor share two cores: the gap between two outputs of one version is about as long, " +
      "as the rows below it show.",
  },
  {
    figures: /beyond the disk's/,
    why: "What a checkpoint of the journal or a collection of garbage adds when it meets a commit.",
  },
];

export function shortfallOf(name: string): string | undefined {
  return SHORTFALLS.find(({ figures }) => figures.test(name))?.why;
}
