import type { Clock } from "../platform/index.ts";

/** What happens between power and readiness, in order. Only the first group stands before the first message. */
export const PHASES = {
  document: "read steppps.yaml, or the last good one",
  journal: "open the journal, repair it where it was cut short",
  engine: "make the WebAssembly engine",
  broker: "open the MQTT port, or connect to the broker that the document names",
  plugins: "bring every plugin back to its state",
  control: "answer deploys and the command line",
  // From here on messages are handled.
  network: "bring up the network and ask for the time, on a device with an image of its own",
  page: "open the local page",
  readings: "publish this machine's own readings",
} as const;
export type PhaseName = keyof typeof PHASES;

export interface PhaseTime {
  readonly name: PhaseName;
  readonly millis: number;
}

const ORDER = Object.keys(PHASES);

/** Runs phases, of which some overlap, and remembers how long each took, in the order above. */
export class Phases {
  readonly times: PhaseTime[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run<T>(name: PhaseName, phase: () => Promise<T> | T): Promise<T> {
    const began = this.#clock.monotonic();
    try {
      return await phase();
    } finally {
      this.times.push({ name, millis: Math.round((this.#clock.monotonic() - began) * 10) / 10 });
      this.times.sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
    }
  }
}
