import { execFile } from "node:child_process";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface WifiDriverOptions {
  /** /sys */
  readonly sys: string;
  /** The folder with firmware, which was not there when drivers asked for it first. */
  readonly firmware: string;
  /** The command that has the kernel read which radio rules hold where. */
  readonly reloadRules: readonly string[];
}

/** Where Wi-Fi chips are, and which devices there may be one: a PCI class, all of what has none. */
const BUSES: Readonly<Record<string, RegExp | undefined>> = { sdio: undefined, usb: undefined, pci: /^0x0280/ };
const COMMAND_MS = 10_000;

/**
 * Gives Wi-Fi drivers what comes with a layer: their firmware, and the rules of countries. A driver that found no firmware when it was
 * loaded let its device go, and is offered it again. What fails shows as an interface that is not there.
 */
export async function wakeWifiDrivers({ sys, firmware, reloadRules }: WifiDriverOptions): Promise<void> {
  const put = (path: string, text: string) => writeFile(join(sys, path), text, { flag: "r+" }).catch(() => {});
  await put("module/firmware_class/parameters/path", firmware); // [firmware_class, fw_path_para]
  const [program = "", ...args] = reloadRules;
  await promisify(execFile)(program, args, { timeout: COMMAND_MS }).catch(() => {});
  for (const [bus, kind] of Object.entries(BUSES))
    for (const device of await unbound(join(sys, "bus", bus, "devices"), kind)) await put(`bus/${bus}/drivers_probe`, device);
}

/** Devices that no driver has. */
async function unbound(folder: string, kind: RegExp | undefined): Promise<string[]> {
  const found: string[] = [];
  for (const device of await readdir(folder).catch(() => [])) {
    if (await stat(join(folder, device, "driver")).catch(() => undefined)) continue;
    const text = kind ? await readFile(join(folder, device, "class"), "utf8").catch(() => "") : "";
    if (!kind || kind.test(text)) found.push(device);
  }
  return found;
}
