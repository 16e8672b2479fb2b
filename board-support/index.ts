import type { Board } from "./board.ts";
import { jetsonNano } from "./jetson/nano.ts";
import { jetsonOrinNano } from "./jetson/orin-nano.ts";
import { pc } from "./pc.ts";
import { qemuArm64, qemuArm64Uefi } from "./qemu/arm64.ts";
import { qemuX86, qemuX86Uefi } from "./qemu/x86_64.ts";
import { raspberryPi4 } from "./raspberry-pi/4.ts";
import { raspberryPi5 } from "./raspberry-pi/5.ts";

export * from "./board.ts";

export const BOARDS: readonly Board[] = [
  raspberryPi4,
  raspberryPi5,
  jetsonOrinNano,
  jetsonNano,
  pc,
  qemuArm64,
  qemuArm64Uefi,
  qemuX86,
  qemuX86Uefi,
];
