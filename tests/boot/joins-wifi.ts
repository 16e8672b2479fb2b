import { boardImage } from "../../images/disk/board-image.ts";
import { readLock } from "../../images/lock/lock.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { imagePlaces } from "../../images/steps/places.ts";
import { wifiSlot } from "./joins-wifi/slot.ts";
import type { Subject } from "./subject.ts";

/** Wi-Fi by the kernel's simulated radios: wpa_supplicant on one of them, and hostapd on the other. */
export async function joinsWifi({ board, folder, tools }: Subject): Promise<void> {
  const image = await boardImage(await wifiSlot(board, tools), {}, readLock(), tools, imagePlaces());
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware: false, forwards: [] }, tools);
  await device.insert(image);
  device.console.follow((line) => {
    if (line.startsWith("test ")) process.stdout.write(`  ${line.slice(5)}\n`);
  });
  try {
    await device.start();
    const [verdict] = await device.console.line(/^test (all is well|failed.*)$/, 0, 600_000);
    if (verdict !== "test all is well") throw new Error(`${verdict}\n${await device.diagnosis()}`);
  } finally {
    await device.cutPower();
  }
}
