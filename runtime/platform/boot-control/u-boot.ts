import { type Slot, utf8 } from "../../contract/index.ts";
import { type Loader, slotFile, TRIES } from "./loader.ts";
import type { BootFiles, BootStep, Measured } from "./volume.ts";

/**
 * U-Boot by a script (`uBootScript`). U-Boot can neither rename nor write a file safely on every board; it can remove one. So one
 * file stands for each thing that is to be known:
 *
 *   slot-b            slot b is the good one; absent: slot a
 *   try-b-1 … -3      slot b is on trial; the script removes one before each start of it
 *   b/boot.env        `bootargs=…` and the size of each file, `kernel_size=1f4a00`, which the script imports
 */
export function uBootLoader(): Loader {
  return {
    oneShot: false,
    install: () => [],
    stage: (slot, commandLine, files) => [
      { do: "write", path: slotFile(slot, "boot.env"), content: utf8(environment(commandLine, files)) },
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

/** The slot's files, and the variable that has the size which each must have. */
const SIZES = { kernel: "kernel_size", initramfs: "initramfs_size", "board.dtb": "dtb_size" } as const;

/** As `env import -t` reads it. Sizes are what `load` leaves in `filesize`: hexadecimal. */
function environment(commandLine: string, files: ReadonlyMap<string, Measured>): string {
  const sizes = Object.entries(SIZES).flatMap(([name, variable]) => {
    const file = files.get(name);
    return file ? [`${variable}=${file.size.toString(16)}`] : [];
  });
  return [`bootargs=${commandLine}`, ...sizes, ""].join("\n");
}

/**
 * What `mkimage -T script` makes boot.scr of. `device`: as in "mmc 0:1". `${kernel_addr_r}` and the others are the board's own.
 * Where a file of the slot is missing or cut short, or the kernel is none, the other slot is started if it is whole.
 */
export function uBootScript(device: string): string {
  const load = (address: string, name: string) => `load ${device} \${${address}} /\${slot}/${name}`;
  const loadWhole = (address: string, name: keyof typeof SIZES) =>
    `${load(address, name)} && test "\${filesize}" = "\${${SIZES[name]}}"`;
  const tries = (["a", "b"] as const).flatMap((slot) =>
    Array.from({ length: TRIES }, (_, i) => {
      const file = `/${tryFile(slot, TRIES - i)}`;
      return `if test -z "\${tried}" && test -e ${device} ${file}; then fatrm ${device} ${file}; setenv slot ${slot}; setenv tried 1; fi`;
    }),
  );
  return [
    "setenv slot a",
    "setenv tried",
    `if test -e ${device} /${DEFAULT_B}; then setenv slot b; fi`,
    ...tries,
    "setenv other b",
    `if test "\${slot}" = b; then setenv other a; fi`,
    `for each in \${slot} \${other}; do`,
    `setenv slot \${each}`,
    "setenv whole",
    "setenv ramdisk -",
    `setenv fdt \${fdtcontroladdr}`,
    `if test -e ${device} /\${slot}/cmdline && ${load("scriptaddr", "boot.env")} && env import -t \${scriptaddr} \${filesize} bootargs ${Object.values(SIZES).join(" ")}; then setenv whole 1; fi`,
    `if test -n "\${whole}" && test -n "\${dtb_size}"; then if ${loadWhole("fdt_addr_r", "board.dtb")}; then setenv fdt \${fdt_addr_r}; else setenv whole; fi; fi`,
    `if test -n "\${whole}" && test -n "\${initramfs_size}"; then if ${loadWhole("ramdisk_addr_r", "initramfs")}; then setenv ramdisk \${ramdisk_addr_r}:\${filesize}; else setenv whole; fi; fi`,
    `if test -n "\${whole}" && ${loadWhole("kernel_addr_r", "kernel")}; then booti \${kernel_addr_r} \${ramdisk} \${fdt}; fi`,
    "done",
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
