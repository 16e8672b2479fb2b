import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unpackDeb } from "../../../images/formats/deb.ts";
import { fetchDeb } from "../../../images/lock/fetch.ts";
import { hostArch, lockedDeb, readLock } from "../../../images/lock/lock.ts";
import { made } from "../../../images/steps/made.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import { supplicantConf, usableNetworks } from "../../../runtime/platform/linux/network/supplicant-conf.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const PACKAGES = [
  ...["wpasupplicant", "libc6", "libcap2", "libdbus-1-3", "libgcc-s1", "libnl-3-200", "libnl-genl-3-200", "libnl-route-3-200"],
  ...["libpcsclite1", "libreadline8t64", "libssl3t64", "libsystemd0", "libtinfo6", "libzstd1", "zlib1g"],
];
const LAYOUT = {
  amd64: ["x86_64-linux-gnu", "ld-linux-x86-64.so.2"],
  arm64: ["aarch64-linux-gnu", "ld-linux-aarch64.so.1"],
} as const;

/** What wpa_supplicant itself, of Debian's package, says of a configuration that it reads; keys and passwords among it (-K). */
async function read(conf: string): Promise<string> {
  const [lock, places, arch] = [readLock(), imagePlaces(), hostArch()];
  const debs = PACKAGES.map((name) => lockedDeb(lock, name, arch));
  const root = await made(places.cache, "test-wpa-supplicant", [1, debs.map(({ sha256 }) => sha256)], async (work) => {
    for (const deb of debs) await unpackDeb(await fetchDeb(deb, lock.time, places.inputs), work);
  });
  using folder = tempFolder("supplicant");
  const file = join(folder.path, "wpa_supplicant.conf");
  writeFileSync(file, conf);
  const [triplet, loader] = LAYOUT[arch];
  const libraries = join(root, "usr/lib", triplet);
  const program = join(root, "usr/sbin/wpa_supplicant");
  const args = ["--library-path", libraries, program, "-ddK", "-D", "none", "-i", "absent0", "-c", file];
  // It ends at once, as there is no such interface: after it has read the file.
  return await new Promise((resolve) => execFile(join(libraries, loader), args, (_, stdout) => resolve(stdout)));
}

test("the program reads what is meant, whatever names and passwords hold", async () => {
  const odd = 'a"b\\c#{}\n=é';
  const networks = {
    home: { password: "correct horse" },
    [odd]: { password: 'pä"ss\\w#', security: "wpa3", hidden: true, priority: 7 },
    plain: {},
    given: { password: "0123456789ABCDEF".repeat(4) },
  } as const;
  const conf = await supplicantConf({ country: "DE", networks });
  const said = await read(conf);
  expect(said).not.toMatch(/Line \d+:|Failed to read/);
  expect(said).toContain("country='DE'");
  expect(said.match(/ {3}id=\d ssid='.*'/g)).toHaveLength(4);
  expect(said).toMatch(/PSK - hexdump\(len=32\): 01 23 45 67 89 ab cd ef/);
  expect(said).toContain(`sae_password - hexdump_ascii(len=${Buffer.byteLength(networks[odd].password)})`);
  expect(said).toMatch(/key_mgmt: 0x4$/m); // NONE [defs.h]
  expect(said).toMatch(/priority=7/);
  expect(said).toMatch(/scan_ssid=1/);
});

test("WPA2 alone has no password in the file, and its key is the one that everybody computes", async () => {
  // [IEEE 802.11-2020, J.4.2: test vectors]
  const conf = await supplicantConf({ networks: { IEEE: { password: "password", security: "wpa2" } } });
  expect(conf).toContain("psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\n");
  expect(conf).not.toContain(Buffer.from("password").toString("hex"));
  expect(conf).not.toContain("sae_password");
});

test("networks that can't be asked for are left out", () => {
  const networks = { home: { password: "short" }, ["ü".repeat(20)]: {}, other: {} };
  expect(usableNetworks({ networks }).map(([ssid]) => ssid)).toEqual(["other"]);
});
