import { type Slot, utf8 } from "../../contract/index.ts";
import { type Loader, slotFile, TRIES } from "./loader.ts";
import type { BootFiles, BootStep } from "./volume.ts";

/**
 * U-Boot by a script (`uBootScript`). U-Boot can neither rename nor write a file safely on every board; it can remove one. So one
 * file stands for each thing that is to be known:
 *
 *   slot-b            slot b is the good one; absent: slot a
 *   try-b-1 … -3      slot b is on trial; the script removes one before each start of it
 *   b/boot.env        `bootargs=…`, which the script imports
 */
export function uBootLoader(): Loader {
  return {
    oneShot: false,
    install: () => [],
    stage: (slot, commandLine) => [
      { do: "write", path: slotFile(slot, "boot.env"), content: utf8(`bootargs=${commandLine}\n`) },
      { do: "write", path: slotFile(slot, "cmdline"), content: utf8(commandLine) },
    ],
    async retire(files, slot) {
      return [
        ...((await isDefault(files, slot)) ? [setDefault(slot === "a" ? "b" : "a")] : []),
        ...(await dropTries(files, slot)),
      ];
    },
    async try(_files, slot) {
      const marks = Array.from(
        { length: TRIES },
        (_, i): BootStep => ({ do: "write", path: tryFile(slot, i + 1), content: MARK }),
      );
      return { steps: marks, restart: {} };
    },
    async bless(files, slot) {
      return [...((await isDefault(files, slot)) ? [] : [setDefault(slot)]), ...(await dropTries(files, slot))];
    },
    async isBlessed(files, slot) {
      return (await isDefault(files, slot)) && (await dropTries(files, slot)).length === 0;
    },
  };
}

const MARK = utf8("1\n");
const DEFAULT_B = "slot-b";

/**
 * What `mkimage -T script` makes boot.scr of. `device`: as in "mmc 0:1". `${kernel_addr_r}` and the others are the board's own.
 * A slot that can't be loaded ends in a reset, which costs one try.
 */
export function uBootScript(device: string): string {
  const load = (address: string, name: string) => `load ${device} \${${address}} /\${slot}/${name}`;
  const tries = (["a", "b"] as const).flatMap((slot) =>
    Array.from({ length: TRIES }, (_, i) => {
      const file = `/${tryFile(slot, TRIES - i)}`;
      return `if test -z "\${tried}" && test -e ${device} ${file}; then fatrm ${device} ${file}; setenv slot ${slot}; setenv tried 1; fi`;
    }),
  );
  return [
    "setenv slot a",
    "setenv tried",
    "setenv ramdisk -",
    `if test -e ${device} /${DEFAULT_B}; then setenv slot b; fi`,
    ...tries,
    `${load("scriptaddr", "boot.env")} && env import -t \${scriptaddr} \${filesize} bootargs || reset`,
    `if test -e ${device} /\${slot}/board.dtb; then ${load("fdt_addr_r", "board.dtb")} || reset; setenv fdt \${fdt_addr_r}; else setenv fdt \${fdtcontroladdr}; fi`,
    `if test -e ${device} /\${slot}/initramfs; then ${load("ramdisk_addr_r", "initramfs")} || reset; setenv ramdisk \${ramdisk_addr_r}:\${filesize}; fi`,
    `${load("kernel_addr_r", "kernel")} || reset`,
    `booti \${kernel_addr_r} \${ramdisk} \${fdt}`,
    "reset",
    "",
  ].join("\n");
}

function tryFile(slot: Slot, n: number): string {
  return `try-${slot}-${n}`;
}

async function isDefault(files: BootFiles, slot: Slot): Promise<boolean> {
  return (await files.list("")).includes(DEFAULT_B) === (slot === "b");
}

function setDefault(slot: Slot): BootStep {
  return slot === "b" ? { do: "write", path: DEFAULT_B, content: MARK } : { do: "remove", path: DEFAULT_B };
}

async function dropTries(files: BootFiles, slot: Slot): Promise<BootStep[]> {
  const names = (await files.list("")).filter((name) => name.startsWith(`try-${slot}-`) && !name.endsWith(".new"));
  return names.map((path) => ({ do: "remove", path }));
}
