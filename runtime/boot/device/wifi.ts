import { join } from "node:path";
import type { LayerPrograms } from "../../contract/index.ts";
import type { LinuxNetwork, WifiTools } from "../../platform/index.ts";
import type { DevicePlaces } from "./places.ts";
import { wakeWifiDrivers } from "./wifi-driver.ts";

/** The layer that has wpa_supplicant, firmware, and the rules of countries. */
const LAYER = "wifi";
const SUPPLICANT = "/usr/sbin/wpa_supplicant";
const IW = "/usr/sbin/iw";

/** wpa_supplicant of the layer; without layers there is none. */
export function wifiTools(layers: LayerPrograms | undefined, places: DevicePlaces): WifiTools {
  return {
    supplicant: (args) => (layers?.has(LAYER) ? layers.argv(LAYER, SUPPLICANT, args) : undefined),
    folder: join(places.run, "work", LAYER),
  };
}

/** Begins with Wi-Fi when its layer is there, now or later; returns what ends that. */
export function followWifiLayer(
  layers: LayerPrograms,
  places: DevicePlaces,
  network: Pick<LinuxNetwork, "toolsChanged">,
): () => void {
  const changed = async () => {
    if (layers.has(LAYER)) {
      const firmware = join(places.run, "layers", LAYER, "usr/lib/firmware");
      await wakeWifiDrivers({ sys: places.sys, firmware, reloadRules: layers.argv(LAYER, IW, ["reg", "reload"]) });
    }
    await network.toolsChanged();
  };
  if (layers.has(LAYER)) void changed();
  return layers.onMounted(LAYER, () => void changed());
}
