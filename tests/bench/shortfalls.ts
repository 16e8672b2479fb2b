interface Shortfall {
  readonly figures: RegExp;
  readonly why: string;
}

/** Why figures that fall short do, as profiles showed, and what would change it. The page has only those that do. */
const SHORTFALLS: readonly Shortfall[] = [
  {
    figures: /^supervisor idle .*RSS/,
    why:
      "Node's own code and heap take half of it. On top come, measured one by one: the journal's thread with a heap of its own (10 MB), the schema " +
      "library (12), aedes (6), the YAML parser (4) and the command line (3), and pages of Node's own program that their code touches.",
  },
  {
    figures: /^cost per message, 200 plugins that take turns/,
    why:
      "A batch has a fixed price: a turn of the sandbox and rows in the journal. With the same number of messages under way, 200 busy plugins have " +
      "batches of 20 where one plugin has batches of 512. Finding the plugin costs nothing more, as the row above shows.",
  },
  {
    figures: /^QoS \d: .*, supervisor \+ mosquitto/,
    why:
      "mosquitto writes one message at a time, so batches stay small, and each of them goes to a sandbox's thread and back: two thirds of the " +
      "supervisor's CPU time are then the kernel's, for waking threads. The broker itself bounds the rate for both.",
  },
  {
    figures: /^start to first plugin message/,
    why: "Most of it is Node reading and running the supervisor's own code before its first phase; the phases' times are in the log of events.",
  },
  {
    figures: /beyond the disk's/,
    why: "What a checkpoint of the journal or a collection of garbage adds when it meets a commit.",
  },
];

export function shortfallOf(name: string): string | undefined {
  return SHORTFALLS.find(({ figures }) => figures.test(name))?.why;
}
