import type { Architecture } from "../rootfs/architecture.ts";

/** What a layer is made of: Debian packages of the lock, and which of their files it keeps. */
export interface Layer {
  readonly name: string;
  readonly summary: string;
  /** Programs, by their paths; the libraries that they are linked with come by themselves, from these packages. */
  readonly packages: readonly string[];
  readonly programs: readonly string[];
  readonly data: readonly LayerData[];
  /** Of the file system with its hash tree. */
  readonly maxBytes: number;
  /** What has to end with 0 on a device for the layer to be kept. */
  readonly health: readonly [string, ...string[]];
}

/** Files that no program is linked with. */
export interface LayerData {
  readonly package: string;
  /** All where absent. */
  readonly arch?: Architecture;
  /** Below the package's root. */
  readonly paths: readonly string[];
  /** What a path ends with there, and not in the layer. */
  readonly dropSuffix?: string;
}

/** All packages that a layer is made of on a kind of machine. */
export function packagesOf({ packages, data }: Layer, arch: Architecture): string[] {
  return [...packages, ...data.filter((row) => row.arch === undefined || row.arch === arch).map((row) => row.package)];
}

const MB = 1_000_000;
/** With the chip of Raspberry Pi 4 and 5: "brcmfmac" asks for files by chip and board. */
const PI_BOARDS = ["4-model-b", "4-compute-module", "5-model-b", "5-compute-module", "500"];

export const LAYERS: readonly Layer[] = [
  {
    name: "wifi",
    summary: "wpa_supplicant, the rules of countries, and firmware of the Raspberry Pi's Wi-Fi",
    packages: [
      ...["wpasupplicant", "iw", "libc6", "libcap2", "libdbus-1-3", "libnl-3-200", "libnl-genl-3-200", "libnl-route-3-200"],
      ...["libpcsclite1", "libreadline8t64", "libssl3t64", "libsystemd0", "libtinfo6", "libzstd1", "zlib1g"],
    ],
    programs: ["usr/sbin/wpa_supplicant", "usr/sbin/wpa_cli", "usr/bin/wpa_passphrase", "usr/sbin/iw"],
    data: [
      {
        package: "wireless-regdb",
        // Upstream's signature: its key is in every kernel, Debian's own in Debian's only.
        paths: ["usr/lib/firmware/regulatory.db-upstream", "usr/lib/firmware/regulatory.db.p7s-upstream"],
        dropSuffix: "-upstream",
      },
      {
        package: "firmware-brcm80211",
        arch: "arm64",
        paths: [
          ...["usr/lib/firmware/cypress/cyfmac43455-sdio.bin", "usr/lib/firmware/cypress/cyfmac43455-sdio.clm_blob"],
          ...["bin", "clm_blob", ...PI_BOARDS.map((board) => `raspberrypi,${board}.txt`)].map(
            (what) => `usr/lib/firmware/brcm/brcmfmac43455-sdio.${what}`,
          ),
        ],
      },
    ],
    maxBytes: 8 * MB,
    health: ["/usr/sbin/wpa_supplicant", "-v"],
  },
];
