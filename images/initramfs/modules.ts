/**
 * What Debian's kernel has as modules and a device needs to reach its supervisor. `needed` must load; `hardware` is tried, for a
 * board may be without it. What they depend on comes by itself, but for what the kernel asks for by an alias only: crc32c for
 * ext4 and the code pages of FAT.
 */
export interface ModuleChoice {
  readonly needed: readonly string[];
  readonly hardware: readonly string[];
}

export const FILE_SYSTEMS = [
  "crc32c_generic",
  "dm-verity",
  "loop",
  "erofs",
  "ext4",
  "vfat",
  "nls_cp437",
  "nls_ascii",
  "nls_utf8",
] as const;

/** What people plug in with a bundle on it. */
const STICKS = ["usb_storage", "uas", "sd_mod", "exfat"] as const;

/** Part of the kernel itself in newer ones, which don't have them as modules. */
export const BUILT_IN_LATER: ReadonlySet<string> = new Set(["crc32c_generic"]);

/** By the machine: names that a kernel doesn't have, or has built in, are passed over among the `hardware`. */
export const MODULES: Readonly<Record<"virtual" | "raspberry-pi" | "jetson" | "pc", ModuleChoice>> = {
  virtual: {
    needed: ["virtio_blk", ...FILE_SYSTEMS],
    hardware: ["virtio_net", "virtio_rng", "i6300esb", "sbsa_gwdt", ...STICKS, "xhci_pci", "efivarfs"],
  },
  "raspberry-pi": {
    needed: [...FILE_SYSTEMS],
    hardware: [
      ...["sdhci_iproc", "sdhci_brcmstb", "bcm2835", "genet", "bcm2835_wdt", "iproc_rng200", "reset_raspberrypi"],
      ...["raspberrypi_cpufreq", "gpio_raspberrypi_exp", "pcie_brcmstb", "xhci_pci", ...STICKS, "broadcom"],
      // What the card waits for: its voltages, and on the Pi 5 the pins that switch them.
      ...["fixed", "gpio_regulator", "gpio_brcmstb", "pinctrl_brcmstb_bcm2712"],
      // The Pi 5's Ethernet and USB are in the RP1.
      ...["rp1_pci", "clk_rp1", "pinctrl_rp1", "macb", "dwc3"],
      ...["bcm_phy_lib", "mdio_bcm_unimac", "raspberrypi_hwmon", "bcm2711_thermal", "i2c_bcm2835", "spi_bcm2835"],
      // Wi-Fi: finds no firmware here and lets its chip go, which is offered to it again once the layer `wifi` is mounted.
      ...["brcmfmac", "brcmfmac_wcc", "brcmfmac_cyw"],
    ],
  },
  jetson: {
    needed: [...FILE_SYSTEMS],
    hardware: [
      ...["sdhci_tegra", "nvme", "pcie_tegra194", "phy_tegra194_p2u", "r8169", "xhci_tegra", "tegra_wdt", ...STICKS],
      // What those wait for: the Nano's voltages are those of a chip on I2C.
      ...["fixed", "i2c_tegra", "max77620_regulator", "phy_tegra_xusb"],
      // As NVIDIA's own kernels (l4t) name drivers of their Ethernet.
      ...["nvethernet", "r8168"],
    ],
  },
  pc: {
    needed: [...FILE_SYSTEMS],
    hardware: [
      ...["ahci", "nvme", "virtio_blk", "virtio_net", "virtio_scsi", "xhci_pci", "ehci_pci", ...STICKS],
      ...["sdhci_pci", "mmc_block", "e1000", "e1000e", "igb", "igc", "r8169", "tg3", "iTCO_wdt", "sp5100_tco", "i6300esb"],
      ...["usbhid", "hid_generic", "efivarfs", "virtio_rng"],
    ],
  },
};
