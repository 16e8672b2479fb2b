import { execFile } from "node:child_process";
import { glob } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Where the drivers are that a board's card, network and sticks can wait for. */
const KINDS = [
  ...[
    "bus",
    "clk",
    "firmware",
    "gpio",
    "i2c",
    "irqchip",
    "mailbox",
    "mfd",
    "misc",
    "mmc",
    "net/ethernet",
    "pci",
    "phy",
    "pinctrl",
  ],
  ...["pmdomain", "power", "pwm", "regulator", "reset", "soc", "usb"],
] as const;
/** How a module for 64-bit Arm begins: ELF, little endian, relocatable. */
const ELF = Buffer.from("7f454c460201010000000000000000000100b700", "hex");

/** Of a kernel's modules, unpacked packages: which ones are drivers of what a device tree calls "compatible". */
export async function modulesByCompatible(
  modules: string,
  xz: readonly [string, ...string[]],
): Promise<Map<string, Set<string>>> {
  const drivers = new Map<string, Set<string>>();
  for (const kind of KINDS) {
    const files: string[] = [];
    for await (const file of glob(join(modules, "kernel/drivers", kind, "**/*.ko.xz"))) files.push(file);
    if (files.length === 0) continue;
    const [command, ...first] = xz;
    const options = { encoding: "buffer", maxBuffer: 1 << 30 } as const;
    // All at once: a process for each would take longer than what it does.
    const { stdout } = await promisify(execFile)(command, [...first, "--decompress", "--stdout", ...files], options);
    for (let i = 0, at = 0; i < files.length; i++) {
      const next = stdout.indexOf(ELF, at + ELF.length);
      const end = next < 0 ? stdout.length : next;
      const name = basename(files[i] as string, ".ko.xz").replaceAll("-", "_");
      for (const [, of = ""] of stdout.toString("latin1", at, end).matchAll(/\0alias=of:N\*T\*C([^\0*]+)(?=\0)/g))
        drivers.set(of, (drivers.get(of) ?? new Set()).add(name));
      at = end;
    }
  }
  return drivers;
}
