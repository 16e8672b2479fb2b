import { strict as assert } from "node:assert";
import type { LayerReport, LayerStatus } from "../../runtime/contract/index.ts";
import { generateKeys } from "../../runtime/trust/index.ts";
import { blockOf, flipBit } from "./layers/damage.ts";
import { errorOf, layerDevice, pick, resultOf, wifiLayer } from "./layers/device.ts";
import type { Subject } from "./subject.ts";

/** Wi-Fi is wanted, on a machine that has no radio: what is said of that changes with the layer. */
const WIFI = "network: { wifi: { networks: { home: { password: correct horse } } } }\n";
const PROBLEM = "steppps-problem.txt";
const SUPPLICANT = "/usr/sbin/wpa_supplicant";

/**
 * The layer 'wifi' comes over the network, is mounted, and its wpa_supplicant runs. A stranger's is refused; one whose program fails is
 * taken back. A bit of it that flips on the card is found, in its head or in a program: it is not mounted and told, the device goes on,
 * and takes it anew.
 */
export async function mountsLayers(subject: Subject): Promise<void> {
  const { device, ask, add, list, start, write } = await layerDevice(subject, WIFI);
  const wifi = wifiLayer();
  const good = await write(wifi, "1.0.0");
  const foreign = await write(wifi, "1.0.1", generateKeys());
  const failing = await write({ ...wifi, health: [SUPPLICANT, "-c/nowhere", "-inothing"] }, "1.0.2");
  const mounted = { name: "wifi", version: "1.0.0", state: "mounted" };
  const { console } = device;
  const told = (code: string) => console.line(new RegExp(`network\\.trouble .*${code}:`));
  const troubles = async () => {
    const { troubles } = resultOf(await ask("status")) as { troubles: readonly { code?: string }[] };
    return troubles.map(({ code }) => code);
  };
  try {
    await start();
    await told("E_NETWORK_WIFI");
    assert.deepEqual(await troubles(), ["E_NETWORK_WIFI"]);
    assert.deepEqual(pick(resultOf(await add(good)) as LayerReport), mounted);
    assert.equal(errorOf(await add(foreign)), "E_ENVELOPE_SIGNER");
    assert.equal(errorOf(await add(failing)), "E_LAYER_HEALTH");
    assert.deepEqual(await list(), [mounted]);
    await told("E_NETWORK_WIFI_HARDWARE");
    assert.deepEqual(await troubles(), ["E_NETWORK_WIFI_HARDWARE"]);

    await device.cutPower();
    assert.match(await (await device.card()).readText(PROBLEM), /There is no Wi-Fi interface/);
    for (const block of [0, await blockOf(SUPPLICANT, good, subject.tools)]) {
      await flipBit(device.disk, good, block);
      await start();
      assert.deepEqual(await list(), [{ ...mounted, state: "failed" }]);
      assert.ok((await troubles()).includes("E_LAYER_DAMAGED"));
      assert.deepEqual(pick(resultOf(await add(good)) as LayerReport), mounted);
      if (block === 0) await device.cutPower();
    }
    assert.equal(device.starts, 3);

    assert.deepEqual((resultOf(await ask("layer", "remove", "wifi")) as LayerStatus).layers, []);
  } finally {
    await device.cutPower();
  }
  const panics = console.lines.filter((line) => /Kernel panic/.test(line));
  assert.deepEqual(panics, []);
}
