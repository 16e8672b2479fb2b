import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Programs that tests run but the project does not bring, and the Debian packages that have them. */
const PROGRAMS = {
  fish: { paths: ["/usr/bin/fish"], packages: ["fish"] },
  mosquitto: { paths: ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"], packages: ["mosquitto"] },
  mosquitto_pub: { paths: ["/usr/bin/mosquitto_pub"], packages: ["mosquitto-clients"] },
  mosquitto_sub: { paths: ["/usr/bin/mosquitto_sub"], packages: ["mosquitto-clients"] },
  openssl: { paths: ["/usr/bin/openssl"], packages: ["openssl"] },
  "avahi-daemon": { paths: ["/usr/sbin/avahi-daemon"], packages: ["avahi-daemon"] },
  "avahi-browse": { paths: ["/usr/bin/avahi-browse"], packages: ["avahi-utils"] },
  "dbus-daemon": { paths: ["/usr/bin/dbus-daemon"], packages: ["dbus-daemon"] },
  ip: { paths: ["/usr/sbin/ip", "/usr/bin/ip", "/sbin/ip", "/bin/ip"], packages: ["iproute2"] },
  "clang++": { paths: ["/usr/bin/clang++"], packages: ["clang", "libclang-rt-dev"] },
  chromium: { paths: ["/usr/bin/chromium"], packages: ["chromium"] },
  "qemu-aarch64": { paths: ["/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64"], packages: ["qemu-user-static"] },
  "qemu-x86_64": { paths: ["/usr/bin/qemu-x86_64-static", "/usr/bin/qemu-x86_64"], packages: ["qemu-user-static"] },
  skopeo: { paths: ["/usr/bin/skopeo"], packages: ["skopeo"] },
  umoci: { paths: ["/usr/bin/umoci"], packages: ["umoci"] },
  zsh: { paths: ["/usr/bin/zsh", "/bin/zsh"], packages: ["zsh"] },
} as const;
export type Program = keyof typeof PROGRAMS;

/**
 * Path of a program that a test needs. As root on Debian it is installed, saying so; elsewhere this throws with the
 * command that gets it. A test is never skipped for want of one.
 */
export function systemProgram(name: Program): string {
  const { paths, packages } = PROGRAMS[name];
  const find = () => paths.find((path) => existsSync(path));
  const present = find();
  if (present) return present;
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) {
    throw new Error(`this test needs ${name}. On Debian: sudo ${command}`);
  }
  process.stderr.write(`installing ${packages.join(", ")}, which a test needs for ${name}\n`);
  if (!install(packages)) throw new Error(`failed: ${command}`);
  const installed = find();
  if (!installed) throw new Error(`${command} did not bring ${name}`);
  return installed;
}

function install(packages: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Test files run at once: the second to come waits for the first one's installation.
  const apt = (...args: string[]) =>
    spawnSync("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=600", ...args], { env, stdio: ["ignore", "ignore", "inherit"] })
      .status === 0;
  const get = () => apt("install", "-y", "--no-install-recommends", ...packages);
  return get() || (apt("update") && get());
}
