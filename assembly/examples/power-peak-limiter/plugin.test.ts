import { test } from "node:test";
import { testPlugin } from "steppps/test";

const power = (watts: number) => ["zigbee2mqtt/main_meter", { power: watts, voltage: 231, energy: 1204.5 }] as const;

test("a short peak is tolerated", async () => {
  const t = await testPlugin(import.meta);
  await t.publish(...power(9000));
  await t.advance("29s");
  await t.publish(...power(6000));
  await t.advance("10m");
  t.expectNothingPublished();
});

test("a long one sheds loads in turn, and they come back in reverse", async () => {
  const t = await testPlugin(import.meta);
  await t.publish(...power(9000));
  await t.advance("30s");
  t.expectPublished("zigbee2mqtt/water_heater/set", { state: "OFF" });
  await t.advance("30s");
  t.expectPublished("zigbee2mqtt/car_charger/set", { state: "OFF" });
  await t.publish(...power(6500));
  await t.advance("1h");
  t.expectNothingPublished();

  await t.publish(...power(3000));
  await t.advance("5m");
  t.expectPublished("zigbee2mqtt/car_charger/set", { state: "ON" });
  await t.publish(...power(5500));
  await t.advance("1h");
  t.expectNothingPublished();
  await t.publish(...power(2000));
  await t.advance("5m");
  t.expectPublished("zigbee2mqtt/water_heater/set", { state: "ON" });
  await t.advance("1h");
  t.expectNothingPublished();
});

test("what is off is known after a power cut", async () => {
  const t = await testPlugin(import.meta);
  await t.publish(...power(9000));
  await t.advance("30s");
  t.expectPublished("zigbee2mqtt/water_heater/set", { state: "OFF" });
  await t.publish(...power(2000));
  await t.restart("1m");
  await t.advance("4m");
  t.expectPublished("zigbee2mqtt/water_heater/set", { state: "ON" });
});
