// What a device runs in this test in place of the supervisor: its network, beside an access point on a second radio of its own.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { wakeWifiDrivers } from "../../../runtime/boot/device/wifi-driver.ts";
import type { NetworkSettings, StepppsError } from "../../../runtime/contract/index.ts";
import { LinuxNetwork, systemClock } from "../../../runtime/platform/index.ts";

const DEBIAN = "/srv/debian";
const LIBRARIES = `${DEBIAN}/usr/lib/x86_64-linux-gnu`;
const LAYER = "/run/steppps/layers/wifi";
const FOLDER = "/run/steppps/work/wifi";
const busybox = (applet: string) => ["/bin/busybox", applet];
const debian = (program: string) => [
  `${LIBRARIES}/ld-linux-x86-64.so.2`,
  "--library-path",
  LIBRARIES,
  `${DEBIAN}/usr/sbin/${program}`,
];

/** As the device runs programs of a layer. */
const inLayer = (program: string, args: readonly string[]) => [
  "/sbin/steppps-layer",
  "run",
  "wifi",
  `/usr/sbin/${program}`,
  ...args,
];

const say = (text: string) => process.stdout.write(`test ${text}\n`);
setInterval(() => writeSync(3, "."), 1_000);

async function until<T>(what: string, find: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = find();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}; now ${JSON.stringify(seen)}`);
}

/** What the network last said of itself. */
const seen = { changed: "", events: [] as string[], troubles: [] as string[], proven: false };
const code = (errors: readonly StepppsError[]) => errors.map((error) => error.code);

/** An access point of the given configuration on the other radio, with a DHCP server behind it. */
async function accessPoint(lines: readonly string[]): Promise<() => Promise<void>> {
  const common = ["interface=wlan1", "driver=nl80211", "hw_mode=g", "channel=1"];
  writeFileSync("/run/hostapd.conf", `${[...common, ...lines].join("\n")}\n`);
  const [program = "", ...args] = debian("hostapd");
  const child = spawn(program, [...args, "/run/hostapd.conf"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await until("the access point", () => {
    if (child.exitCode !== null) throw new Error(`hostapd: ${output}`);
    return output.includes("AP-ENABLED");
  });
  return async () => {
    child.kill("SIGTERM");
    await ended;
  };
}

function dhcpServer(): void {
  execFileSync("/bin/busybox", ["ip", "addr", "add", "10.7.0.1/24", "dev", "wlan1"]);
  mkdirSync("/run/udhcpd", { recursive: true });
  const lines = [
    "start 10.7.0.20",
    "end 10.7.0.30",
    "interface wlan1",
    "lease_file /run/udhcpd/leases",
    "option subnet 255.255.255.0",
  ];
  writeFileSync("/run/udhcpd.conf", `${[...lines, "option router 10.7.0.1", "option dns 10.7.0.1"].join("\n")}\n`);
  spawn(`${DEBIAN}/usr/bin/busybox`, ["udhcpd", "-f", "/run/udhcpd.conf"], { stdio: "inherit" });
}

const psk = (password: string) => ["wpa=2", "wpa_key_mgmt=WPA-PSK", "rsn_pairwise=CCMP", `wpa_passphrase=${password}`];
const sae = (password: string) => ["wpa=2", "wpa_key_mgmt=SAE", "rsn_pairwise=CCMP", "ieee80211w=2", `sae_password=${password}`];
const wifi = (networks: NonNullable<NetworkSettings["wifi"]>["networks"]): NetworkSettings => ({
  wifi: { country: "DE", ...(networks && { networks }) },
});
const joined = (ssid: string) => until(ssid, () => seen.changed.includes(`wlan0 in ${ssid} 10.7.0.`));
const apart = () => until("no network", () => seen.changed.includes("wlan0 in no network"));

async function main(): Promise<void> {
  await until("radios", () => existsSync("/sys/class/net/wlan1"));
  // The other radio is the access point's, and no interface of the device.
  mkdirSync("/run/links");
  for (const name of ["eth0", "wlan0"]) symlinkSync(`/sys/class/net/${name}`, `/run/links/${name}`);
  let there = false;
  // Four times as quick, so that patience is tried but not ours
  const real = systemClock();
  const clock = {
    after: (millis: number, call: () => void) => real.after(millis / 4, call),
    monotonic: () => real.monotonic() * 4,
  };
  const network = new LinuxNetwork({
    places: {
      sys: "/run/links",
      leases: "/run/steppps/told",
      resolvConf: "/run/resolv.conf",
      ip: busybox("ip"),
      udhcpc: busybox("udhcpc"),
      tell: "/usr/lib/steppps/tell",
      settings: "/proc/sys/net",
      routes: "/proc/net/route",
    },
    clock,
    hostname: "wifi-test",
    mac: () => "02:00:00:00:00:77",
    wifi: {
      supplicant: (args) => (there ? inLayer("wpa_supplicant", args) : undefined),
      folder: FOLDER,
    },
    changed(text) {
      seen.changed = text;
      process.stdout.write(`network ${text}\n`);
    },
    trouble(error) {
      seen.events.push(error.message);
      process.stdout.write(`trouble ${error.message}\n`);
    },
    wifiTroubles(errors, proven) {
      Object.assign(seen, { troubles: code(errors), proven });
      process.stdout.write(`wifi ${errors.map(({ message }) => message).join("; ")} ${proven}\n`);
    },
  });
  await network.apply(wifi({ home: { password: "correct horse" } }));
  await until("no tools", () => seen.troubles.includes("E_NETWORK_WIFI"));
  say("tools are missed");

  dhcpServer();
  let stop = await accessPoint(["ssid=home", ...psk("correct horse")]);
  mkdirSync(LAYER, { recursive: true });
  execFileSync("/bin/busybox", ["mount", "-o", "bind", "/srv/wifi", LAYER]);
  await wakeWifiDrivers({ sys: "/sys", firmware: `${LAYER}/usr/lib/firmware`, reloadRules: inLayer("iw", ["reg", "reload"]) });
  there = true;
  await network.toolsChanged();
  await joined("home");
  if (seen.troubles.length > 0) throw new Error("joined, and yet there is trouble");
  if ((statSync(`${FOLDER}/wpa_supplicant.conf`).mode & 0o777) !== 0o600) throw new Error("others can read the passwords");
  const routes = execFileSync("/bin/busybox", ["ip", "route"], { encoding: "utf8" });
  if (!/default via 10\.7\.0\.1 dev wlan0 +metric 60\d/.test(routes)) throw new Error(routes);
  if (!readFileSync("/run/resolv.conf", "utf8").includes("10.7.0.1")) throw new Error("no name server");
  const [run = "", ...regGet] = inLayer("iw", ["reg", "get"]);
  const rules = execFileSync(run, regGet, { encoding: "utf8" });
  if (!/^country DE: DFS-ETSI$/m.test(rules)) throw new Error(`not the country's rules: ${rules}`);
  say("wpa2 is joined, by the country's rules");

  const busyboxIp = (...args: string[]) => execFileSync("/bin/busybox", ["ip", ...args], { encoding: "utf8" });
  busyboxIp("route", "add", "10.9.0.0/24", "via", "10.7.0.1", "dev", "wlan0");
  if (!busyboxIp("route", "get", "10.9.0.1").includes("dev wlan0")) throw new Error("the way by Wi-Fi is not taken");
  await stop();
  await apart();
  if (!busyboxIp("route", "get", "10.9.0.1").includes("dev eth0")) throw new Error("the way by Wi-Fi is taken while it is away");
  say("an access point that goes is missed");
  stop = await accessPoint(["ssid=home", ...psk("correct horse")]);
  await joined("home");
  say("and joined again");

  await network.apply(wifi({ home: { password: "wrong horse" } }));
  await until("a wrong password", () => seen.troubles.includes("E_NETWORK_WIFI_PASSWORD"));
  if (seen.proven) throw new Error("it never worked");
  say("a wrong password is told");
  await stop();

  stop = await accessPoint(["ssid=grün", ...sae("pässword")]);
  await network.apply(wifi({ grün: { password: "pässword", security: "wpa3" } }));
  await joined("grün");
  say("wpa3 is joined");
  await network.apply(wifi({ grün: { password: "passwort", security: "wpa3" } }));
  await until("a wrong password", () => seen.troubles.includes("E_NETWORK_WIFI_PASSWORD"));
  say("a wrong password of wpa3 is told");
  await stop();

  stop = await accessPoint(
    ["ssid=both", "ignore_broadcast_ssid=1", ...sae("long enough"), "wpa_passphrase=long enough"].map((line) =>
      line.replace("=SAE", "=SAE WPA-PSK").replace("ieee80211w=2", "ieee80211w=1"),
    ),
  );
  await network.apply(wifi({ both: { password: "long enough", hidden: true } }));
  await joined("both");
  say("a hidden network of wpa2 and wpa3 is joined");
  await stop();

  stop = await accessPoint(["ssid=plain"]);
  await network.apply(wifi({ plain: {}, elsewhere: { password: "long enough" } }));
  await joined("plain");
  say("an open network is joined");

  const pids = () => readdirSync("/proc").filter((pid) => cmdline(pid).includes("wpa_supplicant.conf"));
  for (const pid of pids()) process.kill(Number(pid), "SIGKILL");
  await until("the program's end", () => seen.troubles.includes("E_NETWORK_WIFI_PROGRAM"));
  await joined("plain");
  say("wpa_supplicant that ends is started again");

  await network.apply(wifi({ elsewhere: { password: "long enough" } }));
  await until("nothing in reach", () => seen.troubles.includes("E_NETWORK_WIFI_ABSENT"));
  say("a network out of reach is told");
  await network.apply({});
  await until("off", () => seen.changed.includes("wlan0 off"));
  if (pids().length > 0 || existsSync(`${FOLDER}/wpa_supplicant.conf`)) throw new Error("something is left of it");
  await stop();
  say("all is well");
}

function cmdline(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

main().catch((error: Error) => say(`failed: ${error.stack?.replaceAll("\n", " ")}`));
