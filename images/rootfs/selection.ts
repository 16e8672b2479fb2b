/** What of Alpine's base a device has: packages, and which of their files. Everything else stays behind. */
export const SELECTION: Readonly<Record<string, readonly string[]>> = {
  "alpine-release": ["etc/alpine-release"],
  musl: ["lib/ld-musl-*", "lib/libc.musl-*"],
  // Shell, network, clock, modules: the names that it is called by are in APPLETS.
  busybox: ["bin/busybox"],
  // The data partition: checked at each boot, made anew when nothing can be saved.
  e2fsprogs: ["sbin/e2fsck", "sbin/mke2fs", "etc/mke2fs.conf"],
  "e2fsprogs-libs": ["usr/lib/libe2p.so.*", "usr/lib/libext2fs.so.*"],
  libblkid: ["usr/lib/libblkid.so.*"],
  libcom_err: ["usr/lib/libcom_err.so.*"],
  libeconf: ["usr/lib/libeconf.so.*"],
  libuuid: ["usr/lib/libuuid.so.*"],
  "ca-certificates-bundle": ["etc/ssl/certs/ca-certificates.crt", "etc/ssl/cert.pem"],
};

/** Names of busybox, as links: what the supervisor, its network set-up and a person at the console call. */
export const APPLETS: Readonly<Record<string, readonly string[]>> = {
  bin: [
    ...[
      "ash",
      "cat",
      "chmod",
      "cp",
      "date",
      "dd",
      "df",
      "dmesg",
      "echo",
      "grep",
      "hostname",
      "kill",
      "ln",
      "ls",
      "mkdir",
      "more",
    ],
    ...[
      "mount",
      "mv",
      "ping",
      "ps",
      "pwd",
      "rm",
      "rmdir",
      "sed",
      "sh",
      "sleep",
      "stat",
      "sync",
      "tar",
      "touch",
      "umount",
      "uname",
    ],
  ],
  sbin: ["blkid", "hwclock", "ifconfig", "insmod", "ip", "lsmod", "mdev", "modprobe", "rmmod", "route", "sysctl", "udhcpc"],
  "usr/bin": [
    "awk",
    "du",
    "env",
    "find",
    "free",
    "head",
    "hexdump",
    "id",
    "less",
    "nslookup",
    "tail",
    "tee",
    "test",
    "top",
    "tr",
    "vi",
    "wc",
    "wget",
  ],
  "usr/sbin": ["ntpd"],
};

/** Whether a file's path is one of the names, of which the last may end with `*`. */
export function selected(path: string, names: readonly string[]): boolean {
  return names.some((name) => (name.endsWith("*") ? path.startsWith(name.slice(0, -1)) : path === name));
}
