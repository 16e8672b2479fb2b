import { join } from "node:path";
import type { Architecture } from "../rootfs/architecture.ts";
import type { Toolset } from "../toolset/toolset.ts";

/** What is emulated, and with what. Never with the host's virtualisation: a board is another processor, and CI has none. */
export interface MachineOptions {
  readonly arch: Architecture;
  /**
   * A Raspberry Pi 4 B in place of a machine that there is only here: its card is SD, the console its PL011, and it has no network,
   * no USB and 2 GB of memory. For `direct`, with a device tree; the card's size is a power of two.
   */
  readonly raspberryPi4?: boolean | undefined;
  /** A raw disk image, which is written to. */
  readonly disk: string;
  /** What to start, where it isn't the firmware that finds it on the disk. */
  readonly direct?: DirectBoot | undefined;
  /** The firmware's variables, a file that is written to: UEFI starts from the disk. */
  readonly firmwareVariables?: string | undefined;
  /** A firmware in place of UEFI: U-Boot's. */
  readonly otherFirmware?: string | undefined;
  readonly memoryMegabytes?: number | undefined;
  readonly forwards?: readonly Forward[] | undefined;
  /** A file that every write to the disk is recorded in, as dm-log-writes does. */
  readonly writeLog?: string | undefined;
  /** Raw images of sticks that are plugged in; an empty list is a machine with USB where some may come. */
  readonly usbDisks?: readonly string[] | undefined;
  /** The disk itself is a stick, as that of a live system. */
  readonly diskOnUsb?: boolean | undefined;
  /** Raw images of further disks that are built in. */
  readonly otherDisks?: readonly string[] | undefined;
  /** The disk takes no writes, as a card whose switch is set or that is worn out. */
  readonly readOnly?: boolean | undefined;
  /** Whether there is a network cable. */
  readonly network?: boolean | undefined;
  /**
   * Its clock goes by instructions, two nanoseconds for each, in place of the host's: what it takes is nearly the same each time, whatever
   * else the host does. While it waits for a disk or a timer, time passes as on the host.
   */
  readonly countInstructions?: boolean | undefined;
}

export interface DirectBoot {
  readonly kernel: string;
  readonly initramfs?: string | undefined;
  readonly commandLine: string;
  /** Where the machine doesn't make its own. */
  readonly deviceTree?: string | undefined;
}

/** A TCP port of the device on one of this machine's loopback. */
export interface Forward {
  readonly host: number;
  readonly device: number;
}

/**
 * One processor for x86_64: timer interrupts of an emulated second one are lost now and then, and the kernel waits for them for ever.
 * It doesn't say that `rep stosb` is fast (erms), with which the kernel clears pages otherwise: emulated it is a step for each byte.
 * No SATA there: nothing is ever plugged into it, and a kernel waits 0.3 s for each start until it knows.
 */
const MACHINES = {
  arm64: {
    program: "qemu-system-aarch64",
    machine: ["-machine", "virt", "-cpu", "cortex-a72"],
    processors: 2,
    memory: 1024,
  },
  x86_64: {
    program: "qemu-system-x86_64",
    machine: ["-machine", "q35,sata=off", "-cpu", "max,-erms"],
    processors: 1,
    memory: 1024,
  },
  raspberryPi4: { program: "qemu-system-aarch64", machine: ["-machine", "raspi4b"], processors: 4, memory: 2048 },
} as const;

/** UEFI without its keys for secure boot: code, which is only read, and the variables of a new machine. */
export const FIRMWARE = {
  arm64: { code: "usr/share/AAVMF/AAVMF_CODE.no-secboot.fd", variables: "usr/share/AAVMF/AAVMF_VARS.fd" },
  x86_64: { code: "usr/share/OVMF/OVMF_CODE_4M.fd", variables: "usr/share/OVMF/OVMF_VARS_4M.fd" },
} as const;

/** The number under which the emulator finds the socket that its console goes to: a pipe is one to Node. */
export const CONSOLE_FD = 3;

/** The command that emulates it: QMP on standard input and output, the console on CONSOLE_FD. */
export function machineCommand(options: MachineOptions, tools: Toolset): readonly [string, ...string[]] {
  const { direct, raspberryPi4 } = options;
  const { program, machine, processors, memory } = MACHINES[raspberryPi4 ? "raspberryPi4" : options.arch];
  const [first, ...rest] = tools.command(program);
  const data = ["usr/share/qemu", "usr/share/seabios"].flatMap((folder) => ["-L", join(tools.root, folder)]);
  return [
    first,
    ...rest,
    ...data,
    ...machine,
    ...(options.countInstructions ? COUNTED : ["-accel", "tcg,thread=multi"]),
    ...["-smp", `${options.countInstructions ? 1 : processors}`, "-m", `${options.memoryMegabytes ?? memory}`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-vga", "none"],
    ...["-qmp", "stdio", "-chardev", `socket,id=console,fd=${CONSOLE_FD}`],
    // A restart ends it: who runs it decides what is started next, as a boot loader would.
    ...["-no-reboot", "-action", "watchdog=reset"],
    ...(raspberryPi4 ? piParts(options) : parts(options)),
    ...(direct ? directBoot(direct) : firmware(options, tools)),
  ];
}

/** What the machines that there are only here are made of. */
function parts(options: MachineOptions): string[] {
  const { network = true, forwards = [], otherDisks = [] } = options;
  return [
    ...["-serial", "chardev:console", "-device", "i6300esb", "-device", "virtio-rng-pci"],
    ...usb(options),
    ...disk(options),
    ...otherDisks.flatMap((file, i) => [...raw(`disk${i}`, file), "-device", `nvme,drive=disk${i},serial=built-in-${i}`]),
    ...(network ? networkOf(forwards) : []),
  ];
}

/** The first of a Pi's serial lines is the PL011, which its Bluetooth has. */
function piParts({ disk: file }: MachineOptions): string[] {
  return ["-serial", "chardev:console", "-drive", `if=sd,format=raw,file=${escaped(file)}`];
}

/** 2^1 ns for each. */
const COUNTED = ["-accel", "tcg,thread=single", "-icount", "shift=1,sleep=on"];

function disk({ disk: file, writeLog, diskOnUsb, readOnly }: MachineOptions): string[] {
  const device = diskOnUsb ? `${STICK},bootindex=0` : "virtio-blk-pci";
  if (writeLog === undefined) return [...raw("card", file, readOnly), "-device", `${device},drive=card`];
  const log = `driver=blklogwrites,node-name=logged,file=card,log.driver=file,log.filename=${escaped(writeLog)}`;
  // Merged, writes can have as many pieces as one call to the host may; the log's own piece would be one too many, and they fail.
  const apart = diskOnUsb ? "" : ",request-merging=off";
  return [...raw("card", file), "-blockdev", log, "-device", `${device},drive=logged${apart}`];
}

function raw(node: string, file: string, readOnly = false): string[] {
  const options = `driver=raw,node-name=${node},cache.direct=off,read-only=${readOnly ? "on" : "off"}`;
  return ["-blockdev", `${options},file.driver=file,file.filename=${escaped(file)}`];
}

/** Where sticks are plugged in. */
export const USB_BUS = "usb.0";
const STICK = `usb-storage,bus=${USB_BUS},removable=on`;

function usb({ usbDisks, diskOnUsb }: MachineOptions): string[] {
  if (!usbDisks && !diskOnUsb) return [];
  const sticks = (usbDisks ?? []).flatMap((file, i) => [...raw(`stick${i}`, file), "-device", `${STICK},drive=stick${i}`]);
  return ["-device", "qemu-xhci,id=usb", ...sticks];
}

function networkOf(forwards: readonly Forward[]): string[] {
  const rules = forwards.map(({ host, device }) => `,hostfwd=tcp:127.0.0.1:${host}-:${device}`);
  return ["-netdev", `user,id=cable${rules.join("")}`, "-device", "virtio-net-pci,netdev=cable,romfile="];
}

function directBoot({ kernel, initramfs, commandLine, deviceTree }: DirectBoot): string[] {
  const files = [...(initramfs ? ["-initrd", initramfs] : []), ...(deviceTree ? ["-dtb", deviceTree] : [])];
  return ["-kernel", kernel, ...files, "-append", commandLine];
}

function firmware({ arch, firmwareVariables, otherFirmware }: MachineOptions, tools: Toolset): string[] {
  if (otherFirmware !== undefined) return ["-bios", otherFirmware];
  if (firmwareVariables === undefined) throw new Error("neither a kernel nor a firmware to start");
  const code = `if=pflash,format=raw,unit=0,readonly=on,file=${escaped(join(tools.root, FIRMWARE[arch].code))}`;
  return ["-drive", code, "-drive", `if=pflash,format=raw,unit=1,file=${escaped(firmwareVariables)}`];
}

/** A comma begins the next option of QEMU's. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
