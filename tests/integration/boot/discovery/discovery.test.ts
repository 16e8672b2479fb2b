import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemProgram } from "../../../support/system.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const SCENE = fileURLToPath(new URL("scene.ts", import.meta.url));

test("devices find each other, Avahi finds them, names don't clash, and who leaves is gone", () => {
  using folder = tempFolder("discovery");
  for (const program of ["ip", "dbus-daemon", "avahi-daemon", "avahi-browse"] as const) systemProgram(program);
  const out = execFileSync("unshare", ["--net", process.execPath, SCENE, folder.path], { encoding: "utf8", timeout: 50_000 });
  const { two, byAvahi, one, none, events } = JSON.parse(out);
  expect(two.sort((a: { port: number }, b: { port: number }) => a.port - b.port)).toMatchObject([
    { device: "edge", address: "10.99.0.1", port: 1883, tls: 8883, version: "1.2.3", paired: false },
    { device: "edge", address: "10.99.0.1", port: 1884, paired: true },
  ]);
  expect(two[0].host).not.toBe(two[1].host);
  expect(byAvahi.map(({ name }: { name: string }) => name).sort()).toEqual(["edge", "edge\\032\\0402\\041"]);
  expect(byAvahi).toContainEqual(expect.objectContaining({ name: "edge", host: "edge.local", port: "1883" }));
  expect(one).toMatchObject([{ port: 1883, paired: true }]);
  expect(none).toEqual([]);
  expect(events).toMatchObject([{ kind: "discovery.renamed", level: "warn" }]);
});
