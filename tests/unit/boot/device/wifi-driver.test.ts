import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wakeWifiDrivers } from "../../../../runtime/boot/device/wifi-driver.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

test("drivers are told where firmware is, and offered what they let go; network cards alone of PCI", async () => {
  using sys = tempFolder("sys");
  const at = (path: string) => join(sys.path, path);
  const device = (bus: string, name: string, kind?: string) => {
    mkdirSync(at(`bus/${bus}/devices/${name}`), { recursive: true });
    writeFileSync(at(`bus/${bus}/drivers_probe`), "");
    if (kind) writeFileSync(at(`bus/${bus}/devices/${name}/class`), `${kind}\n`);
  };
  mkdirSync(at("module/firmware_class/parameters"), { recursive: true });
  writeFileSync(at("module/firmware_class/parameters/path"), "");
  device("sdio", "mmc1:0001:1");
  device("sdio", "mmc1:0001:2");
  symlinkSync(sys.path, at("bus/sdio/devices/mmc1:0001:2/driver"));
  device("pci", "0000:01:00.0", "0x028000");
  device("pci", "0000:02:00.0", "0x010802");
  await wakeWifiDrivers({
    sys: sys.path,
    firmware: "/layers/wifi/firmware",
    reloadRules: [process.execPath, "-e", "fs.writeFileSync(process.argv[1], 'told')", at("rules")],
  });
  const read = (path: string) => readFileSync(at(path), "utf8");
  expect(read("module/firmware_class/parameters/path")).toBe("/layers/wifi/firmware");
  expect(read("rules")).toBe("told");
  expect(read("bus/sdio/drivers_probe")).toBe("mmc1:0001:1");
  expect(read("bus/pci/drivers_probe")).toBe("0000:01:00.0");
});

test("a machine without any of it, and rules that can't be read, stop nothing", async () => {
  using sys = tempFolder("sys");
  const options = { sys: sys.path, firmware: "/x", reloadRules: ["/nowhere/iw"] };
  await expect(wakeWifiDrivers(options)).resolves.toBeUndefined();
});
