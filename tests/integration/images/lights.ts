import mqtt from "mqtt";
import { expect } from "vitest";
import { steppps } from "../../support/cli.ts";

/** Deploys the signed example motion-light to a device from outside, and has it turn a light on. */
export async function lightGoesOn(broker: string, device: string, plugin: string, folder: string, keys: string): Promise<void> {
  const args = ["plugin", "deploy", plugin, "--device", device, "--broker", broker];
  const { code, stderr } = await steppps(args, { data: folder, env: { STEPPPS_KEYS: keys } });
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  const client = await mqtt.connectAsync(broker);
  try {
    await client.subscribeAsync("zigbee2mqtt/hall_light/set", { qos: 1 });
    const heard = new Promise<string>((resolve) => client.on("message", (_topic, content) => resolve(content.toString())));
    await client.publishAsync("zigbee2mqtt/hall_motion", '{"occupancy":true,"illuminance":1}', { qos: 1 });
    expect(JSON.parse(await heard)).toMatchObject({ state: "ON" });
  } finally {
    await client.endAsync(true);
  }
}
