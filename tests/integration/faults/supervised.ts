import { type Supervisor, startSupervisor } from "../../../runtime/boot/index.ts";
import type { FaultPoint, Faults, SystemEvent } from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";

/** A supervisor, and whoever looks after it. Something happens when it passes a fault point for the first time after `at`. */
export class Supervised {
  readonly events: SystemEvent[] = [];
  readonly #data: string;
  readonly #port: () => number;
  #supervisor: Supervisor | undefined;
  #starting: Promise<void> | undefined;
  #armed: { readonly point: FaultPoint; readonly happens: () => void } | undefined;

  /** `port`: where its broker listens; 0: anywhere. */
  constructor(data: string, port: () => number) {
    this.#data = data;
    this.#port = port;
  }

  get view(): Supervisor["view"] | undefined {
    return this.#supervisor?.view;
  }

  at(point: FaultPoint, happens: () => void): void {
    this.#armed = { point, happens };
  }

  /** Whether something that was armed has happened. */
  get happened(): boolean {
    return this.#armed === undefined;
  }

  /** It does not run: it was stopped, or could not start. */
  get down(): boolean {
    return this.#starting === undefined && this.#supervisor === undefined;
  }

  start(): Promise<void> {
    this.#starting = this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Where it could not start, it is started again. */
  async up(): Promise<void> {
    await this.#starting?.catch(() => {});
    if (this.down) await this.start();
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => {});
    await this.#supervisor?.close();
    this.#supervisor = undefined;
  }

  async #start(): Promise<void> {
    const faults: Faults = {
      pass: (point) => {
        if (this.#armed?.point !== point) return;
        const { happens } = this.#armed;
        this.#armed = undefined;
        happens();
      },
    };
    this.#supervisor = await startSupervisor({
      dataPath: this.#data,
      version: "0.0.0",
      clock: systemClock(),
      engine: "v8",
      faultSpec: undefined,
      faults,
      mqttPort: this.#port(),
      webPort: false,
      readings: false,
      broken: (error) =>
        this.events.push({ time: 0, kind: "supervisor.trouble", level: "error", text: `broken: ${error.message}` }),
    });
    this.#supervisor.view.events.listen((event) => this.events.push(event));
  }
}
