import { expect, test } from "vitest";
import { readCustomisation } from "../../../../runtime/boot/device/cloud-config.ts";
import type { WifiNetworks } from "../../../../runtime/contract/index.ts";

function read(accessPoints: string, more = ""): { wifi: WifiNetworks | undefined; notes: readonly string[] } {
  const text = `version: 2\nwifis:\n  wlan0:\n    regulatory-domain: de\n    access-points:\n${accessPoints}${more}`;
  const { network, notes } = readCustomisation(undefined, text);
  return { wifi: network?.wifi, notes };
}

test.each([
  ["{ password: long enough }", { password: "long enough" }],
  ["{ auth: { key-management: psk, password: long enough } }", { password: "long enough" }],
  ["{ auth: { password: long enough }, hidden: true }", { password: "long enough", hidden: true }],
  ["{ auth: { key-management: sae, password: kurz } }", { password: "kurz", security: "wpa3" }],
  ["{ auth: { key-management: none } }", {}],
  ["{}", {}],
])("a network as netplan has it: %s", (accessPoint, settings) => {
  expect(read(`      home: ${accessPoint}\n`)).toEqual({ wifi: { country: "DE", networks: { home: settings } }, notes: [] });
});

test.each([
  ["{ auth: { key-management: eap, method: peap, identity: me, password: long enough } }", /key-management eap is not done/],
  ["{ auth: { key-management: constructor, password: long enough } }", /key-management constructor/],
  ["{ auth: { key-management: psk } }", /needs a password/],
  ["{ auth: { key-management: psk, password: long enough, ca-certificate: /x } }", /ca-certificate of its auth/],
  ["{ auth: { method: tls } }", /neither key-management nor password/],
  ["{ password: short }", /8 to 63/],
  ["{ password: 12345678 }", /no text/],
  ["{ password: long enough, mode: adhoc }", /mode adhoc/],
])("never another network than was meant: %s", (accessPoint, note) => {
  const { wifi, notes } = read(`      home: ${accessPoint}\n`);
  expect(wifi).toEqual({ country: "DE", networks: {} });
  expect(notes).toEqual([expect.stringMatching(note)]);
  expect(notes.join()).not.toContain("long enough");
});

test("networks of all interfaces are joined by all, and what that changes is said", () => {
  const more = "  wlan1:\n    addresses: [10.0.0.2/24]\n    access-points: { home: {}, away: { bssid: x } }\n";
  const { wifi, notes } = read("      home: { password: long enough }\n", more);
  expect(wifi).toEqual({ country: "DE", networks: { home: { password: "long enough" }, away: {} } });
  expect(notes.join("\n")).toMatch(/home of wlan1 is there already/);
  expect(notes.join("\n")).toMatch(/bssid of network away/);
});
