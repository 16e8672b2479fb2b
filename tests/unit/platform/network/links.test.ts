import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasDefaultRoute, hasDefaultRoute6, readLinks } from "../../../../runtime/platform/linux/network/links.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

function link(folder: string, name: string, files: Record<string, string>, folders: readonly string[] = []): void {
  for (const one of ["", ...folders]) mkdirSync(join(folder, name, one), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, name, file), `${content}\n`);
}

test("hardware is told from loopback and from what programs make", async () => {
  using folder = tempFolder("links");
  const ethernet = { type: "1", address: "b8:27:eb:00:00:01", addr_assign_type: "0", carrier: "1" };
  link(folder.path, "eth0", ethernet, ["device"]);
  link(folder.path, "wlan0", { ...ethernet, addr_assign_type: "1", carrier: "0" }, ["device", "phy80211"]);
  link(folder.path, "lo", { type: "772", address: "00:00:00:00:00:00" });
  link(folder.path, "veth1", ethernet);
  expect(await readLinks(folder.path)).toEqual([
    { name: "eth0", mac: "b8:27:eb:00:00:01", invented: false, wireless: false, carrier: true },
    { name: "wlan0", mac: "b8:27:eb:00:00:01", invented: true, wireless: true, carrier: false },
  ]);
  expect(await readLinks(join(folder.path, "gone"))).toEqual([]);
});

test("a default route counts while it is up and has a gateway", () => {
  const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\n";
  expect(hasDefaultRoute(`${head}eth0\t00000000\t0202000A\t0003\t0\n`)).toBe(true);
  expect(hasDefaultRoute(`${head}eth0\t0002000A\t00000000\t0001\t0\n`)).toBe(false);
  expect(hasDefaultRoute("")).toBe(false);
  const [any, none] = ["0".repeat(32), "00000000"];
  const six = (flags: string) => `${any} 00 ${any} 00 fe80${"0".repeat(27)}2 00000400 ${none} ${none} ${flags}     eth0\n`;
  expect(hasDefaultRoute6(six("00450003"))).toBe(true);
  expect(hasDefaultRoute6(six("00200200"))).toBe(false);
});
