import { controlTopic, type SystemEvent, utf8 } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Bus } from "../mqtt/index.ts";

/** Events go out on MQTT too, for `steppps plugin logs -f` and whoever else listens. */
export function forwardEvents(bus: Bus, device: string, events: EventLog): () => void {
  const topic = controlTopic.events(device);
  return events.listen((event: SystemEvent) => {
    bus.publish({ topic, payload: utf8(JSON.stringify(event)), qos: 0, retain: false }).catch(() => {});
  });
}
