import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import mqtt from "mqtt";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { bundleSupervisor } from "../../../../images/supervisor/bundle.ts";
import { NODE_FLAGS } from "../../../../runtime/platform/index.ts";
import { defaultBindingPath } from "../../../../runtime/wasmtime/src/index.ts";
import { steppps } from "../../../support/cli.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** What a device has in `/usr/lib/steppps`, for this machine's Node. */
const lib = tempFolder("device-lib");
beforeAll(async () => {
  await bundleSupervisor(lib.path);
  copyFileSync(defaultBindingPath(), join(lib.path, "wasmtime.node"));
  copyFileSync(join(dirname(defaultBindingPath()), "libwasmtime.so"), join(lib.path, "libwasmtime.so"));
  const facts = { board: "qemu-arm64", bootControl: "none", version: "1.2.3", buildTime: 1_700_000_000, arch: "arm64" };
  writeFileSync(join(lib.path, "board.json"), JSON.stringify(facts));
  writeFileSync(join(lib.path, "tell"), "");
});
afterAll(() => lib[Symbol.dispose]());

const DOCUMENT = "name: hall\nmqtt: { port: 0 }\nweb: { port: 0 }\nnetwork: { ntp: [] }\n";

/** A folder that stands for a device's `/`, with one cable and a busybox that only writes down what it is asked. */
function makeRoot(document: string) {
  const folder = tempFolder("device");
  onTestFinished(() => folder[Symbol.dispose]());
  const at = (path: string) => join(folder.path, path);
  for (const path of ["boot", "data", "run/steppps", "bin", "sys/class/net/eth0/device", "usr/lib"])
    mkdirSync(at(path), { recursive: true });
  execFileSync("ln", ["-s", lib.path, at("usr/lib/steppps")]);
  const link = { type: "1", address: "52:54:00:12:34:56", addr_assign_type: "0", carrier: "1" };
  for (const [name, value] of Object.entries(link)) writeFileSync(at(`sys/class/net/eth0/${name}`), `${value}\n`);
  writeFileSync(at("bin/busybox"), `#!/bin/sh\necho "$*" >>"${at("asked")}"\n[ "$1" = udhcpc ] && exec sleep 1000\nexit 0\n`, {
    mode: 0o755,
  });
  writeFileSync(at("boot/steppps.yaml"), document);
  return { path: folder.path, at };
}

/** Starts a device; `lines` are its console's. */
function start(root: string, program: readonly string[] = [join(lib.path, "supervisor.cjs")]) {
  const env = { PATH: process.env.PATH, STEPPPS_ROOT: root, STEPPPS_HEARTBEAT_FD: "3" };
  const child = spawn(process.execPath, [...NODE_FLAGS, ...program], { env, stdio: ["ignore", "pipe", "inherit", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stdout as Readable).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((one) => pattern.test(one));
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      child.once("close", () => reject(new Error(`it ended before ${pattern}:\n${lines.join("\n")}`)));
      look();
    });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return {
    line,
    ended,
    mqttUrl: async () => (await line(/ ready /)).split(" ")[4] as string,
    heartbeat: () => once(child.stdio[3] as Readable, "data"),
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** What `troubles` says to a client that comes now, and from then on. */
async function followTroubles(mqttUrl: string): Promise<() => unknown> {
  let last: unknown;
  const client = await mqtt.connectAsync(mqttUrl);
  onTestFinished(() => client.endAsync(true));
  client.on("message", (_topic, payload) => {
    last = JSON.parse(payload.toString());
  });
  await client.subscribeAsync("steppps/hall/troubles");
  return () => last;
}

test("a device starts from its bundle, beats, says where it is, and ends when it is asked", async () => {
  const { path, at } = makeRoot(DOCUMENT);
  const device = start(path);
  await device.heartbeat();
  expect(await device.line(/ ready /)).toMatch(/^steppps ready \d+ hall mqtt:\/\/127\.0\.0\.1:\d+ document=[\d.]+ journal=/);
  await device.line(/no owner yet: .* steppps pair --device hall/);
  await expect
    .poll(() => existsSync(at("asked")) && readFileSync(at("asked"), "utf8"), { timeout: 20_000 })
    .toMatch(/udhcpc -f -i eth0/);
  expect(existsSync(at("boot/steppps-problem.txt"))).toBe(false);
  expect(await device.stop()).toBe(0);
});

test("what DHCP gives is set up, and name servers are where programs look for them", async () => {
  const { path, at } = makeRoot(DOCUMENT);
  const device = start(path);
  await device.line(/network\.changed eth0/);
  const lease = "event=bound\nip=10.0.2.15\nmask=24\nrouter=10.0.2.2\ndns=10.0.2.3\n";
  writeFileSync(at("run/steppps/told/eth0"), lease);
  await device.line(/network\.changed eth0 10\.0\.2\.15\/24/);
  expect(readFileSync(at("asked"), "utf8")).toContain("ip route replace default via 10.0.2.2 dev eth0 metric 100");
  expect(readFileSync(at("run/resolv.conf"), "utf8")).toBe("nameserver 10.0.2.3\n");
});

test("a bad document bricks nothing: the last good one is in force, and the line is said on the console and on the card", async () => {
  const { path, at } = makeRoot(DOCUMENT);
  const first = start(path);
  await first.line(/ ready /);
  await first.stop();
  writeFileSync(at("boot/steppps.yaml"), `${DOCUMENT}timezoen: Europe/Berlin\n`);
  const device = start(path);
  await device.line(/ ready \d+ hall /);
  await device.line(/document\.refused .*line 5: .*timezoen.*did you mean timezone/);
  const problem = () => existsSync(at("boot/steppps-problem.txt")) && readFileSync(at("boot/steppps-problem.txt"), "utf8");
  await expect.poll(problem, { timeout: 20_000 }).toMatch(/line 5/);
  // Whoever comes later is told too
  const troubles = await followTroubles(await device.mqttUrl());
  await expect
    .poll(troubles)
    .toMatchObject([{ code: "E_DOCUMENT", text: expect.stringContaining("line 5"), fix: expect.any(String) }]);
  const status = await steppps(["status"], { data: at("data/steppps") });
  expect(status.stdout).toMatch(/^wrong {2}.*timezoen/m);
  // Corrected while it runs
  writeFileSync(at("boot/steppps.yaml"), `${DOCUMENT}timezone: Europe/Berlin\n`);
  await expect.poll(problem, { timeout: 20_000 }).toBe(false);
  await expect.poll(troubles).toEqual([]);
});

test.each([
  ["reboot", [], 64],
  ["poweroff", [], 65],
  ["factory-reset", ["--yes"], 66],
] as const)("'steppps device %s' ends it with what PID 1 obeys", async (verb, options, code) => {
  const { path, at } = makeRoot(DOCUMENT);
  const device = start(path);
  await device.line(/ ready /);
  const data = at("data/steppps");
  if (options.length > 0) expect(await steppps(["device", verb], { data })).toMatchObject({ code: 2 });
  const asked = await steppps(["device", verb, ...options, "--json"], { data });
  expect(JSON.parse(asked.stdout)).toEqual({ device: "hall", next: verb });
  expect(await device.ended).toBe(code);
});

test("a card whose document is gone keeps the last good one, too", async () => {
  const { path, at } = makeRoot(DOCUMENT);
  const first = start(path);
  await first.line(/ ready /);
  await first.stop();
  execFileSync("rm", [at("boot/steppps.yaml")]);
  const device = start(path);
  await device.line(/ ready \d+ hall /);
  await device.line(/document\.refused .*E_DOCUMENT_ABSENT/);
});

test("it starts from a start-up snapshot of the same bundle", async () => {
  const { path, at } = makeRoot(DOCUMENT);
  const blob = at("supervisor.blob");
  const bundle = join(lib.path, "supervisor.cjs");
  execFileSync(process.execPath, [...NODE_FLAGS, "--no-warnings", "--snapshot-blob", blob, "--build-snapshot", bundle]);
  const device = start(path, ["--snapshot-blob", blob]);
  await device.heartbeat();
  await device.line(/ ready \d+ hall /);
  expect(await device.stop()).toBe(0);
});
