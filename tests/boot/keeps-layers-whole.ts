import { strict as assert } from "node:assert";
import type { LayerReport } from "../../runtime/contract/index.ts";
import { errorOf, layerDevice, pick, resultOf, wifiLayer } from "./layers/device.ts";
import type { Subject } from "./subject.ts";

/** A program that doesn't end: the version stays on trial until the power goes. */
const NEVER_ENDS = ["/usr/sbin/wpa_supplicant", "-g/tmp/control"] as const;

/**
 * The power goes while a layer's next version is tried: it is tried once more, and when the power goes again it is given up. The version
 * before works, and the file of the other is gone: the next one is taken as ever.
 */
export async function keepsLayersWhole(subject: Subject): Promise<void> {
  const { device, add, list, start, status, write } = await layerDevice(subject);
  const wifi = wifiLayer();
  const good = await write(wifi, "1.0.0");
  const hanging = await write({ ...wifi, health: NEVER_ENDS }, "1.0.1");
  const next = await write(wifi, "1.0.2");
  const mounted = { name: "wifi", version: "1.0.0", state: "mounted" };
  const { console } = device;
  try {
    await start();
    assert.deepEqual(pick(resultOf(await add(good)) as LayerReport), mounted);
    const adding = add(hanging); // asks until the device is there again
    await console.line(/layer\.trying .*1\.0\.1/);
    await device.cutPower();
    const before = console.lines.length;
    await device.start();
    await console.line(/layer\.trying .*1\.0\.1/, before);
    await device.cutPower();

    const third = await start();
    await console.line(/layer\.refused .*the machine started again each time/, third);
    assert.equal(errorOf(await adding), "E_LAYER_HEALTH");
    assert.deepEqual(await list(), [mounted]);
    const { last } = await status();
    assert.deepEqual([last?.version, last?.state, last?.error?.code], ["1.0.1", "failed", "E_LAYER_HEALTH"]);
    assert.deepEqual(pick(resultOf(await add(next)) as LayerReport), { ...mounted, version: "1.0.2" });
  } finally {
    await device.cutPower();
  }
}
