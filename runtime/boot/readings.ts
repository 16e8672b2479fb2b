import { utf8 } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";
import type { Alarm, Clock } from "../platform/index.ts";
import { MachineReadings, systemProbe } from "../space/index.ts";

const EVERY_MS = 2_000;

export interface ReadingsPorts {
  readonly bus: Pick<Bus, "publish">;
  /** The plugins that listen to the readings on this very device. */
  readonly host: { inject(topic: string, payload: Uint8Array): void };
  readonly clock: Clock;
  /** The file system whose room is told. */
  readonly path: string;
}

/** Publishes this machine's own readings every two seconds, to the broker and to the plugins. Returns what ends it. */
export async function publishReadings({ bus, host, clock, path }: ReadingsPorts): Promise<() => void> {
  const readings = new MachineReadings(systemProbe(), clock, path);
  let alarm: Alarm | undefined;
  let ended = false;
  const turn = async () => {
    try {
      for (const { topic, value } of await readings.read()) {
        const payload = utf8(JSON.stringify(value));
        host.inject(topic, payload);
        await bus.publish({ topic, payload, qos: 0, retain: true }).catch(() => {});
      }
    } finally {
      // One that could not be read now may be read next time.
      if (!ended) alarm = clock.after(EVERY_MS, () => void turn().catch(() => {}));
    }
  };
  await turn();
  return () => {
    ended = true;
    alarm?.cancel();
  };
}
