import { test } from "node:test";
import { testPlugin } from "steppps/test";

const options = { config: { sensor: "porch_motion", light: "porch_light", off_after: "5m" } };

test("on at motion, off five minutes after the last", async () => {
  const t = await testPlugin(import.meta, options);
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: true, illuminance: 12, battery: 97, linkquality: 110 });
  t.expectPublished("zigbee2mqtt/porch_light/set", { state: "ON", brightness: 200 });
  await t.publish("zigbee2mqtt/porch_light", { state: "ON", brightness: 200 });
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: false });
  await t.advance("4m");
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: true });
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: false });
  await t.advance("299s");
  t.expectNothingPublished();
  await t.advance("1s");
  t.expectPublished("zigbee2mqtt/porch_light/set", { state: "OFF" });
});

test("a power cut does not leave the light on", async () => {
  const t = await testPlugin(import.meta, options);
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: true });
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: false });
  t.expectPublished("zigbee2mqtt/porch_light/set", { state: "ON" });
  await t.restart("20m");
  t.expectPublished("zigbee2mqtt/porch_light/set", { state: "OFF" });
});

test("stays out of it by daylight and when someone turned the light on", async () => {
  const t = await testPlugin(import.meta, options);
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: true, illuminance: 5000 });
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: false, illuminance: 5000 });
  await t.publish("zigbee2mqtt/porch_light", { state: "ON" });
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: true, illuminance: 3 });
  await t.publish("zigbee2mqtt/porch_motion", { occupancy: false, illuminance: 3 });
  await t.advance("1h");
  t.expectNothingPublished();
});
