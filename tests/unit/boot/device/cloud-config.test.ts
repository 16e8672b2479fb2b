import { expect, test } from "vitest";
import { readCustomisation } from "../../../../runtime/boot/device/cloud-config.ts";

const USER = `#cloud-config
hostname: Living_Room.local
manage_etc_hosts: true
timezone: Europe/Berlin
users:
  - name: pi
    ssh_authorized_keys: [ssh-ed25519 AAAA]
ssh_pwauth: false
`;
const NETWORK = `network:
  version: 2
  ethernets:
    eth0:
      dhcp4: false
      addresses: [192.168.1.20/24]
      routes: [{ to: default, via: 192.168.1.1 }]
      nameservers: { addresses: [192.168.1.1] }
    lan:
      match: { macaddress: "B8:27:EB:00:00:01" }
      dhcp4: true
  wifis:
    wlan0:
      regulatory-domain: DE
      access-points: { home: { password: long enough } }
`;

test("what Imager writes is said in this device's words", () => {
  const { name, timezone, network } = readCustomisation(USER, NETWORK);
  expect({ name, timezone }).toEqual({ name: "living-room", timezone: "Europe/Berlin" });
  expect(network).toEqual({
    interfaces: {
      eth0: { dhcp: false, addresses: ["192.168.1.20/24"], gateway: "192.168.1.1" },
      "b8:27:eb:00:00:01": { dhcp: true },
    },
    dns: ["192.168.1.1"],
    wifi: { country: "DE", networks: { home: { password: "long enough" } } },
  });
});

test("what can't be done is said, without what a secret stands in", () => {
  const { notes } = readCustomisation(`${USER}runcmd: [[touch, /x]]\npassword: secret-word\n`, "version: 2\nbridges: {}\n");
  expect(notes).toHaveLength(5);
  expect(notes.join("\n")).toMatch(/^users: .*no logins/);
  expect(notes.join("\n")).toMatch(/bridges/);
  expect(notes.join("\n")).not.toMatch(/secret-word|AAAA/);
});

test("what is no YAML is refused with the file's name; nothing asks for nothing", () => {
  expect(() => readCustomisation("hostname: [", undefined)).toThrowError(/E_DEVICE_CUSTOMISATION.*user-data/);
  expect(readCustomisation(undefined, undefined)).toEqual({ notes: [] });
  expect(readCustomisation("just a text", "- 1")).toEqual({ notes: [] });
});
