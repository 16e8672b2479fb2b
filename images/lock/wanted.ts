import type { Group } from "./schema.ts";

/** Debian packages to pin: names, what they are for, and the architectures that they are needed in. */
export interface Wanted {
  readonly group: Group;
  readonly suite: string;
  readonly component: "main" | "non-free-firmware";
  /** "host": both, as either may be the machine that builds. */
  readonly arch: "host" | "amd64" | "arm64";
  readonly names: readonly string[];
}

/** The release whose programs make the image, whatever the machine's own is: the same bytes come out everywhere. */
const SUITE = "trixie";

export const WANTED: readonly Wanted[] = [
  {
    group: "tools",
    suite: SUITE,
    component: "main",
    arch: "host",
    names: [
      ...["binutils-aarch64-linux-gnu", "binutils-common", "binutils-x86-64-linux-gnu", "cryptsetup-bin", "dosfstools"],
      ...["e2fsprogs", "erofs-utils", "fdisk", "mtools", "xz-utils"],
      // What those are linked with.
      ...["libblkid1", "libbinutils", "libc6", "libcap2", "libcom-err2", "libcryptsetup12", "libctf-nobfd0", "libctf0"],
      ...["libdeflate0", "libdevmapper1.02.1", "libext2fs2t64", "libfdisk1", "libgcc-s1", "libjansson4", "libjson-c5"],
      ...["liblz4-1", "liblzma5", "libmount1", "libncursesw6", "libpcre2-8-0", "libpopt0", "libreadline8t64"],
      ...["libselinux1", "libsframe1", "libsmartcols1", "libss2", "libssl3t64", "libtinfo6", "libudev1", "libuuid1"],
      ...["libxxhash0", "libzstd1", "zlib1g"],
    ],
  },
  {
    group: "qemu",
    suite: SUITE,
    component: "main",
    arch: "host",
    names: [
      ...["ipxe-qemu", "ovmf", "qemu-efi-aarch64", "qemu-system-arm", "qemu-system-common", "qemu-system-data"],
      ...["qemu-system-x86", "qemu-utils", "seabios"],
      ...["libaio1t64", "libasound2t64", "libattr1", "libbpf1", "libbrlapi0.8", "libbz2-1.0", "libcacard0", "libcap-ng0"],
      ...["libcapstone5", "libdaxctl1", "libelf1t64", "libfdt1", "libffi8", "libfuse3-4", "libglib2.0-0t64", "libgmp10"],
      ...["libgnutls30t64", "libhogweed6t64", "libibverbs1", "libidn2-0", "libjpeg62-turbo", "libkmod2", "libndctl6"],
      ...["libnettle8t64", "libnl-3-200", "libnl-route-3-200", "libnspr4", "libnss3", "libnuma1", "libp11-kit0"],
      ...["libpam0g", "libpcsclite1", "libpixman-1-0", "libpmem1", "libpng16-16t64", "librdmacm1t64", "libsasl2-2"],
      ...["libseccomp2", "libslirp0", "libsqlite3-0", "libsystemd0", "libtasn1-6", "libunistring5", "liburing2"],
      ...["libusb-1.0-0", "libusbredirparser1t64", "libvdeplug2t64", "libatomic1", "libaudit1"],
    ],
  },
  { group: "emulator", suite: SUITE, component: "main", arch: "host", names: ["qemu-user"] },
  // musl-dev: the C library that PID 1 is linked with.
  { group: "kernel", suite: SUITE, component: "main", arch: "amd64", names: ["linux-image-6.12.117+deb13-rt-amd64", "musl-dev"] },
  { group: "kernel", suite: SUITE, component: "main", arch: "arm64", names: ["linux-image-6.12.117+deb13-rt-arm64", "musl-dev"] },
  {
    group: "kernel-next",
    suite: "testing",
    component: "main",
    arch: "arm64",
    names: ["linux-base-7.2.12+deb14-rt-arm64", "linux-binary-7.2.12+deb14-rt-arm64", "linux-modules-7.2.12+deb14-rt-arm64"],
  },
  { group: "kernel-source", suite: SUITE, component: "main", arch: "amd64", names: ["linux-source-6.12"] },
  {
    group: "kernel-tools",
    suite: SUITE,
    component: "main",
    arch: "host",
    names: [
      ...["bc", "bison", "cpp-14-aarch64-linux-gnu", "cpp-14-x86-64-linux-gnu", "flex", "gcc-14-aarch64-linux-gnu"],
      ...["gcc-14-x86-64-linux-gnu", "m4", "make", "perl-base", "zstd"],
      // What those are linked with.
      ...["libcc1-0", "libcrypt1", "libelf1t64", "libgmp10", "libisl23", "libmpc3", "libmpfr6", "libsigsegv2", "libstdc++6"],
      // What programs that run during the build are linked with.
      ...["libc6-dev", "libelf-dev", "libgcc-14-dev", "libzstd-dev", "linux-libc-dev", "zlib1g-dev"],
    ],
  },
  { group: "firmware", suite: SUITE, component: "non-free-firmware", arch: "arm64", names: ["raspi-firmware"] },
  // Of layers (images/layers), what no other group has already.
  {
    group: "layer",
    suite: SUITE,
    component: "main",
    arch: "host",
    names: ["iw", "libdbus-1-3", "libnl-genl-3-200", "wireless-regdb", "wpasupplicant"],
  },
  { group: "layer", suite: SUITE, component: "non-free-firmware", arch: "arm64", names: ["firmware-brcm80211"] },
  // Newer than the release's: a trial that can't be loaded counts as failed (reboot-on-error, since 258).
  { group: "loader", suite: "testing", component: "main", arch: "host", names: ["systemd-boot-efi"] },
  { group: "loader", suite: SUITE, component: "main", arch: "arm64", names: ["u-boot-rpi"] },
  // An access point and a DHCP server, where Wi-Fi is tested.
  { group: "tests", suite: SUITE, component: "main", arch: "amd64", names: ["busybox-static", "hostapd"] },
  // U-Boot for an emulated board, where its script is tested.
  { group: "tests", suite: SUITE, component: "main", arch: "arm64", names: ["u-boot-qemu"] },
];
