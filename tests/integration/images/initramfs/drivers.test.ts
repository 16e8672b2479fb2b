import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDeviceTree } from "../../../../images/formats/device-tree.ts";
import { modulesOf } from "../../../../images/initramfs/initramfs.ts";
import { ModuleTree } from "../../../../images/initramfs/module-tree.ts";
import { MODULES } from "../../../../images/initramfs/modules.ts";
import { kernelOf } from "../../../../images/kernel/kernels.ts";
import { compatibleWith, suppliersOf } from "../../../support/device-tree-suppliers.ts";
import { modulesByCompatible } from "../../../support/module-aliases.ts";
import { boardOf, builder } from "../support.ts";

/** With empty caches a kernel is fetched and unpacked. */
const LONG = 900_000;

/** What a board can't do without, by the path in its device tree. */
const DEVICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "raspberry-pi-4": {
    card: "/emmc2bus/mmc@7e340000",
    Ethernet: "/scb/ethernet@7d580000",
    watchdog: "/soc/watchdog@7e100000",
  },
  "raspberry-pi-5": {
    card: "/soc@107c000000/mmc@fff000",
    Ethernet: "/axi/pcie@1000120000/pci@0,0/dev@0,0/pci-ep-bus@1/ethernet@40100000",
    USB: "/axi/pcie@1000120000/pci@0,0/dev@0,0/pci-ep-bus@1/usb@40200000",
  },
  "jetson-nano": {
    card: "/mmc@700b0000",
    "Ethernet's PCIe": "/pcie@1003000",
    USB: "/usb@70090000",
  },
};

/**
 * A driver that is a module and isn't there lets a device wait for it for ever: for the voltage that it is switched on by, for a pin.
 * Drivers of what has no node of its own, such as the voltages of a power chip, are not seen by this.
 */
test.each(Object.entries(DEVICES))(
  "%s: all that card, network and USB wait for has a driver in the initramfs, or in the kernel",
  async (name, devices) => {
    const { lock, places, tools } = await builder();
    const board = boardOf(name);
    const { modules = "", deviceTrees = "" } = await kernelOf(board.kernel, board.arch, lock, places);
    const xz = tools.command("xz");
    const entries = await modulesOf(await ModuleTree.open(modules, xz), MODULES[board.drivers]);
    const there = new Set(entries.map((entry) => /^modules\/(.*)\.ko$/.exec(entry.path)?.[1]));
    const drivers = await modulesByCompatible(modules, xz);
    const tree = readDeviceTree(await readFile(join(deviceTrees, board.deviceTree ?? "")));
    const missing = Object.entries(devices).flatMap(([device, path]) => {
      const wanted = suppliersOf(path, tree).map((node) => ({
        path: node.path,
        modules: compatibleWith(node).flatMap((of) => [...(drivers.get(of) ?? [])]),
      }));
      expect(wanted.length, device).toBeGreaterThan(1);
      const without = wanted.filter((each) => each.modules.length > 0 && !each.modules.some((module) => there.has(module)));
      return without.map((each) => `${device}: ${each.path} needs ${each.modules}`);
    });
    expect(missing).toEqual([]);
  },
  LONG,
);

test(
  "what a module asks for without being linked with it is there too: an Ethernet chip's PHY",
  async () => {
    const { lock, places, tools } = await builder();
    const { modules = "" } = await kernelOf("debian-rt", "x86_64", lock, places);
    const paths = (await modulesOf(await ModuleTree.open(modules, tools.command("xz")), MODULES.pc)).map(({ path }) => path);
    expect(paths).toContain("modules/realtek.ko");
    expect(paths.indexOf("modules/realtek.ko")).toBeLessThan(paths.indexOf("modules/r8169.ko"));
  },
  LONG,
);
