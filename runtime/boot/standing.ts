import { controlTopic, errorRow, type StepppsError, type Trouble, utf8 } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { DeviceSide } from "./device/side.ts";
import type { LoadedDocument } from "./load-document.ts";

/**
 * What is wrong and stays so until somebody does something about it: a line of the document, a data partition in memory. An event
 * says once that it happened, perhaps before anybody listened; this says that it is so.
 */
export class Standing {
  readonly #parts = new Map<string, readonly Trouble[]>();
  readonly #topic: string;
  #bus: Pick<Bus, "publish"> | undefined;
  #told = "";

  constructor(device: string) {
    this.#topic = controlTopic.troubles(device);
  }

  /** All that is wrong with one part of the device, in place of what was. */
  set(part: string, troubles: readonly Trouble[]): void {
    this.#parts.set(part, troubles);
    this.#tell();
  }

  get list(): readonly Trouble[] {
    return [...this.#parts.values()].flat();
  }

  /** From now on it is on MQTT too, retained. */
  show(bus: Pick<Bus, "publish">): void {
    this.#bus = bus;
    this.#told = "";
    this.#tell();
  }

  #tell(): void {
    const text = JSON.stringify(this.list);
    if (!this.#bus || text === this.#told) return;
    this.#told = text;
    this.#bus.publish({ topic: this.#topic, payload: utf8(text), qos: 1, retain: true }).catch(() => {});
  }
}

/** What is wrong with the document, and with what it asks of this machine. */
export function documentTroubles(result: LoadedDocument, side: Pick<DeviceSide, "read"> | undefined): Trouble[] {
  return (side?.read(result) ?? (result.fault ? [result.fault] : [])).map(troubleOf);
}

/** What the machine could not do before the supervisor was there. */
export function machineTroubles(side: Pick<DeviceSide, "found"> | undefined): Trouble[] {
  const errors = side?.found.filter(({ level }) => level === "error") ?? [];
  return errors.map(({ code, text }) => {
    const fix = code && errorRow(code)?.fix;
    return { ...(code && { code }), text, ...(fix && { fix }) };
  });
}

/** An error as a trouble that stays. */
export function troubleOf({ code, message, row }: StepppsError): Trouble {
  return { code, text: message, fix: row.fix };
}
