import type { BootFile } from "./board.ts";

/** systemd-boot where UEFI looks for a loader on a medium that it doesn't know [UEFI 2.10, 3.5.1.1]. */
export const SYSTEMD_BOOT: Readonly<Record<"arm64" | "x86_64", BootFile>> = {
  arm64: {
    path: "EFI/BOOT/BOOTAA64.EFI",
    package: "systemd-boot-efi",
    member: "usr/lib/systemd/boot/efi/systemd-bootaa64.efi",
  },
  x86_64: {
    path: "EFI/BOOT/BOOTX64.EFI",
    package: "systemd-boot-efi",
    member: "usr/lib/systemd/boot/efi/systemd-bootx64.efi",
  },
};
