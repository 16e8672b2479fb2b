import { randomBytes } from "node:crypto";
import { type BridgeRule, CONTROL_ROOT, controlTopic, DEVICE_STATE } from "../../contract/index.ts";
import type { Bus, BusOptions } from "../bus.ts";
import { type ExternalBusOptions, openExternalBus } from "../external/open-external-bus.ts";
import { Tally } from "../tally.ts";
import { Bridge } from "./bridge.ts";
import { Echoes } from "./echoes.ts";
import { BridgeRules } from "./rules.ts";

export interface BridgeOptions extends Omit<ExternalBusOptions, "clientId" | "onSend" | "presence" | "priorities"> {
  readonly device: string;
  readonly rules: readonly BridgeRule[];
  /** Whether commands come over the uplink, and what the device says of itself goes there. */
  readonly control: boolean;
  /** Opens the broker here. */
  local(onMessage: BusOptions["onMessage"]): Promise<Bus>;
}

/** The broker here with a bridge to the one at `url`. Rejects with E_UPLINK_RULE, E_MQTT_UPLINK, E_MQTT_LISTEN. */
export async function openBridge(options: BridgeOptions): Promise<Bus> {
  const { control, device, journal, onMessage, report } = options;
  const rules = new BridgeRules(options.rules);
  const echoes = new Echoes(() => performance.now());
  // Nothing comes in before `start`
  const local = await options.local((message, done) => bridge.fromLocal(message, done));
  const bridge: Bridge = await openUplink().catch(async (error: unknown) => {
    await local.close();
    throw error;
  });
  return bridge;

  async function openUplink(): Promise<Bridge> {
    const uplink = await openExternalBus({
      ...options,
      clientId: `${CONTROL_ROOT}-${device}`,
      onMessage: (message, done) => bridge.fromUplink(message, done),
      onSend: ({ topic, payload }) => {
        if (uplink.echoes && rules.takes(topic)) echoes.sent(topic, payload);
      },
      ...(control && { presence: { topic: controlTopic.state(device), ...DEVICE_STATE } }),
    });
    const idPrefix = `${device}-${randomBytes(6).toString("base64url")}-`;
    return new Bridge({ device, local, uplink, rules, control, journal, onMessage, echoes, tally: new Tally(report), idPrefix });
  }
}
