import { expect, test } from "vitest";
import type { Link } from "../../../../runtime/platform/index.ts";
import { defaultRoutes } from "../../../../runtime/platform/linux/network/link-state.ts";
import {
  isInPlace,
  kernelSettings,
  missingInterfaces,
  planLease,
  planLink,
  resolvConf,
  settingsOf,
  startLine,
} from "../../../../runtime/platform/linux/network/plan.ts";

const eth0: Link = { name: "eth0", mac: "b8:27:eb:00:00:01", invented: false, wireless: false, carrier: true };
const MAC = "02:00:00:00:00:01";
const lines = (commands: readonly (readonly string[])[]) => commands.map((command) => command.join(" "));

test("a cable of which nothing is said asks by DHCP; Wi-Fi is left alone", () => {
  expect(planLink(eth0, settingsOf({}, eth0), 0, MAC)).toMatchObject({ dhcp: true });
  const wlan0 = { ...eth0, name: "wlan0", mac: "b8:27:eb:00:00:02", wireless: true };
  expect(planLink(wlan0, settingsOf({}, wlan0), 1, MAC)).toEqual({
    commands: [["link", "set", "dev", "wlan0", "down"]],
    dhcp: false,
  });
});

test("Wi-Fi is joined where a network is wanted, and cables are preferred to it", () => {
  const wlan0 = { ...eth0, name: "wlan0", mac: "b8:27:eb:00:00:02", wireless: true };
  expect(settingsOf({ wifi: { networks: { home: {} } } }, wlan0)).toEqual({ enabled: true });
  expect(settingsOf({ wifi: { country: "DE" } }, wlan0)).toEqual({ enabled: false });
  const lease = { address: "10.0.0.2/24", gateway: "10.0.0.1", dns: [] };
  expect(lines(planLease(wlan0, undefined, lease, 1))).toContain("route replace default via 10.0.0.1 dev wlan0 metric 601");
  expect(Object.keys(kernelSettings(eth0))).not.toContain("ipv6/conf/eth0/ra_defrtr_metric");
  expect(kernelSettings(wlan0)).toMatchObject({ "ipv4/conf/wlan0/ignore_routes_with_linkdown": "1" });
});

test("settings are found by name and by MAC, and the MAC counts more", () => {
  const interfaces = { eth0: { dhcp: false }, "b8:27:eb:00:00:01": { dhcp: true }, eth7: {} };
  expect(settingsOf({ interfaces }, eth0)).toEqual({ dhcp: true });
  expect(missingInterfaces({ interfaces }, [eth0])).toEqual(["eth7"]);
});

test("a static address needs no DHCP, and its gateway the family that it is of", () => {
  const plan = planLink(eth0, { addresses: ["192.168.1.20/24", "fd00::2/64"], gateway: "fd00::1" }, 1, MAC);
  expect(plan.dhcp).toBe(false);
  expect(lines(plan.commands)).toEqual([
    "addr flush dev eth0 scope global",
    "link set dev eth0 up",
    "addr add 192.168.1.20/24 dev eth0",
    "addr add fd00::2/64 dev eth0",
    "-6 route replace default via fd00::1 dev eth0 metric 101",
  ]);
});

test("a MAC that the kernel made up is replaced by the device's own, while the interface is down", () => {
  const { commands } = planLink({ ...eth0, invented: true }, {}, 0, MAC);
  expect(lines(commands).slice(1)).toEqual([
    "link set dev eth0 down",
    `link set dev eth0 address ${MAC}`,
    "link set dev eth0 up",
  ]);
});

test("from lease to lease only what differs is done", () => {
  const lease = { address: "10.0.0.2/24", gateway: "10.0.0.1", dns: [] };
  expect(lines(planLease(eth0, undefined, lease, 0))).toEqual([
    "addr add 10.0.0.2/24 dev eth0",
    "route replace default via 10.0.0.1 dev eth0 metric 100",
  ]);
  expect(planLease(eth0, lease, { ...lease, dns: ["9.9.9.9"] }, 0)).toEqual([]);
  expect(lines(planLease(eth0, lease, undefined, 0))).toEqual(["addr del 10.0.0.2/24 dev eth0"]);
  expect(lines(planLease(eth0, lease, { ...lease, address: "10.0.0.3/24" }, 0))[0]).toBe("addr del 10.0.0.2/24 dev eth0");
});

test("resolv.conf has each name server once, three at most", () => {
  expect(resolvConf(["1.1.1.1", "1.1.1.1", "9.9.9.9", "8.8.8.8", "8.8.4.4"])).toBe(
    "nameserver 1.1.1.1\nnameserver 9.9.9.9\nnameserver 8.8.8.8\n",
  );
  expect(resolvConf([])).toBe("");
});

test("what PID 1 or the settings before left as it should be is let be", () => {
  const settings = { addresses: ["10.0.2.15/24"], gateway: "10.0.2.2" };
  const state = { up: true, addresses: ["10.0.2.15/24"], routes: [{ gateway: "10.0.2.2", metric: 100 }] };
  expect(isInPlace(eth0, settings, 0, state)).toBe(true);
  expect(isInPlace(eth0, settings, 1, state)).toBe(false); // its metric is another
  expect(isInPlace(eth0, settings, 0, { ...state, up: false })).toBe(false);
  expect(isInPlace(eth0, settings, 0, { ...state, addresses: ["10.0.2.15/24", "10.0.2.16/24"] })).toBe(false);
  expect(isInPlace(eth0, settings, 0, { ...state, routes: [] })).toBe(false);
  expect(isInPlace(eth0, { addresses: ["fd00::2/64"] }, 0, { ...state, addresses: [] })).toBe(false); // IPv6 is not looked at
  expect(isInPlace({ ...eth0, invented: true }, settings, 0, state)).toBe(false);
  expect(isInPlace(eth0, {}, 0, { up: true, addresses: [], routes: [] })).toBe(true);
  expect(isInPlace(eth0, {}, 0, state)).toBe(false); // somebody else's lease
  expect(isInPlace(eth0, { enabled: false }, 0, state)).toBe(false);
  expect(isInPlace(eth0, { enabled: false }, 0, { up: false, addresses: [], routes: [] })).toBe(true);
});

test("PID 1 is told of cables: one address of IPv4, or that there is one to come", () => {
  const line = (settings: object, link: Link = eth0) => startLine(link, settings, 1);
  expect(line({ addresses: ["10.0.2.15/24"], gateway: "10.0.2.2" })).toBe("eth0 b8:27:eb:00:00:01 10.0.2.15 24 10.0.2.2 101");
  expect(line({ addresses: ["10.0.2.15/24"] })).toBe("eth0 b8:27:eb:00:00:01 10.0.2.15 24 - 101");
  const on = "eth0 b8:27:eb:00:00:01 - - - 101";
  expect(line({})).toBe(on);
  expect(line({ addresses: ["10.0.2.15/24", "10.0.2.16/24"] })).toBe(on);
  expect(line({ addresses: ["10.0.2.15/24"], gateway: "fd00::1" })).toBe(on);
  expect(line({ addresses: ["10.0.2.15/24"], dhcp: true })).toBe(on);
  expect(line({ enabled: false })).toBeUndefined();
  expect(line({}, { ...eth0, wireless: true })).toBeUndefined();
  expect(line({}, { ...eth0, invented: true })).toBeUndefined();
});

test("default routes are those to everywhere, through one interface", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0",
    "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
    "eth1\t00000000\t0102A8C0\t0003\t0\t0\t101\t00000000\t0\t0\t0",
  ].join("\n");
  expect(defaultRoutes(table, "eth0")).toEqual([{ gateway: "10.0.2.2", metric: 100 }]);
  expect(defaultRoutes(table, "eth1")).toEqual([{ gateway: "192.168.2.1", metric: 101 }]);
  expect(defaultRoutes("", "eth0")).toEqual([]);
});
