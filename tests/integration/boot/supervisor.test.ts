import { open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { RPC_METHODS } from "../../../runtime/contract/index.ts";
import { generateKeys, signPackage } from "../../../runtime/trust/index.ts";
import { mountSmallDisk } from "../../support/small-disk.ts";
import { type Built, build } from "../script/guests.ts";
import { Home, next } from "./support.ts";

let puppet: Built;
beforeAll(async () => {
  [puppet] = (await build("puppet")) as [Built];
});

async function count(home: Home): Promise<string> {
  const client = await home.client();
  const answer = next(client);
  await client.subscribeAsync("out/count", { qos: 1 });
  await client.publishAsync("do/add", "0", { qos: 1 });
  return (await answer).toString();
}

test("a plugin deployed over MQTT handles messages, and goes on after a restart", async () => {
  const home = await Home.make();
  await home.start();
  expect(await home.deploy(puppet)).toMatchObject({ ok: true, plugin: "puppet", version: "1.0.0" });
  const client = await home.client();
  await client.publishAsync("do/add", "5", { qos: 2 });
  await home.stop();
  await home.start();
  expect(await count(home)).toBe("5");
  expect(await home.ask("status")).toMatchObject({ ok: true, value: { plugins: [{ name: "puppet", health: "healthy" }] } });
});

describe("deploys are refused, and said to be", () => {
  test.each([
    ["garbage", () => new Uint8Array([1, 2, 3]), "E_ENVELOPE_FORMAT"],
    ["nothing", () => new Uint8Array(0), "E_ENVELOPE_FORMAT"],
    ["an unknown owner's", () => signPackage({ type: "plugin", ...puppet }, generateKeys()), "E_ENVELOPE_SIGNER"],
  ])("%s", async (_, make, code) => {
    const home = await Home.make();
    await home.start();
    expect(await home.deployEnvelope(make())).toMatchObject({ ok: false, error: { code } });
    expect(await home.ask("status")).toMatchObject({ ok: true, value: { plugins: [] } });
    const events = home.supervisor.view.events.recent();
    expect(events).toContainEqual(expect.objectContaining({ kind: "plugin.refused", code }));
  });
});

describe("control requests", () => {
  test("that are garbage change nothing and are survived", async () => {
    const home = await Home.make();
    await home.start();
    await home.deploy(puppet);
    const client = await home.client();
    const methods = [...Object.keys(RPC_METHODS), "nothing", "__proto__", "constructor"];
    const method = fc.constantFrom(...methods.filter((name) => !["pair", "backup", "support"].includes(name)));
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.constant("puppet"),
      fc.array(fc.integer(), { maxLength: 2 }),
      fc.dictionary(fc.string(), fc.integer(), { maxKeys: 2 }),
    );
    const request = fc.record(
      { plugin: value, deploy: value, letter: value, limit: value, after: value, signed: value, drop: value },
      { requiredKeys: [] },
    );
    // Whatever is asked in earnest is answered; "remove puppet" and the like are not asked.
    const harmless = request.filter(({ plugin }) => plugin !== "puppet");
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map(Buffer.from),
      harmless.map((one) => Buffer.from(JSON.stringify(one))),
    );
    const samples = fc.sample(fc.tuple(method, payload), 400);
    await Promise.all(samples.map(([name, bytes]) => client.publishAsync(`steppps/edge/rpc/${name}/a`, bytes, { qos: 1 })));
    await client.publishAsync("steppps/edge/rpc/status/a", Buffer.alloc(100_000, 0x20), { qos: 1 });
    expect(await home.ask("status")).toMatchObject({ ok: true, value: { plugins: [{ name: "puppet", version: "1.0.0" }] } });
  });

  test.each([
    ["rollback", {}, "E_CONTROL"],
    ["rollback", { plugin: "nobody" }, "E_PLUGIN_UNKNOWN"],
    ["rollback", { plugin: "puppet" }, "E_PLUGIN_NO_PREVIOUS"],
    ["dead-letters", { plugin: "puppet", letter: "9" }, "E_DEAD_LETTER_UNKNOWN"],
    ["events", { limit: 1e9 }, "E_CONTROL"],
    ["inputs", { plugin: 7 }, "E_CONTROL"],
  ] as const)("%s %j is answered with %s", async (method, args, code) => {
    const home = await Home.make();
    await home.start();
    await home.deploy(puppet);
    expect(await home.ask(method, args)).toMatchObject({ ok: false, error: { code } });
  });
});

test("a payload of 10 MB ends its sender's connection and nothing else", async () => {
  const home = await Home.make();
  await home.start();
  await home.deploy(puppet);
  const client = await home.client();
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.publish("do/add", Buffer.alloc(10 * 1024 * 1024, 0x31), { qos: 1 });
  await closed;
  expect(await count(home)).toBe("0");
});

test("10,000 retained topics are there after a restart", async () => {
  const home = await Home.make();
  await home.start();
  const client = await home.client();
  const topics = Array.from({ length: 10_000 }, (_, i) => `shelf/${i % 100}/${i}`);
  await Promise.all(topics.map((topic) => client.publishAsync(topic, topic, { qos: 1, retain: true })));
  await home.stop();
  await home.start();
  const reader = await home.client();
  const got = new Set<string>();
  reader.on("message", (topic, payload) => payload.toString() === topic && got.add(topic));
  await reader.subscribeAsync("shelf/#", { qos: 1 });
  await expect.poll(() => got.size).toBe(topics.length);
});

describe("a journal that is damaged while the device is off", () => {
  test.each([
    ["cut short", async (file: string) => truncate(file, Math.floor((await stat(file)).size / 2 / 4096) * 4096)],
    ["empty", async (file: string) => truncate(file, 0)],
    [
      "overwritten in the middle",
      async (file: string) => {
        const handle = await open(file, "r+");
        await handle.write(Buffer.alloc(8192, 0xa5), 0, 8192, 12 * 4096);
        await handle.close();
        await writeFile(`${file}-wal`, "garbage"); // as after a power cut
      },
    ],
  ])("%s: the device starts, says so, and takes plugins", async (_, damage) => {
    const home = await Home.make();
    await home.start();
    await home.deploy(puppet);
    await (await home.client()).publishAsync("do/add", "3", { qos: 1 });
    await home.stop();
    await damage(dataPaths(home.path).journal);
    await home.start();
    expect(home.supervisor.view.events.recent().map(({ kind }) => kind)).toContain("store.recovered");
    const { id, ok, outcome } = await home.deploy({ ...puppet, manifest: { ...puppet.manifest, version: "1.0.1" } });
    // What the version before it was allowed to do can't be read any more: a person says whether this one may.
    if (outcome === "waiting") expect(await home.ask("approve", { deploy: id })).toMatchObject({ ok: true });
    else expect(ok).toBe(true);
    await expect.poll(async () => ["0", "3"].includes(await count(home))).toBe(true);
  });
});

test("a bad line in steppps.yaml is reported, and the last good one is in force", async () => {
  const home = await Home.make();
  const { document } = dataPaths(home.path);
  await writeFile(document, "name: hall\n");
  await home.start();
  await home.stop();
  await writeFile(document, "name: hall\nowners:\n  - steppps-key:tooshorttobeakeyofanykind\n");
  await home.start();
  expect(home.supervisor.device).toBe("hall");
  expect(home.supervisor.view.events.recent()).toContainEqual(
    expect.objectContaining({ kind: "document.refused", text: expect.stringContaining("line 3") }),
  );
});

test("a full disk acknowledges nothing that is not stored, and goes on when there is room again", async () => {
  const disk = mountSmallDisk(24 * 1024);
  if (!disk) throw new Error("this test fills a disk of its own: run it as root");
  const home = await Home.make(disk.folder);
  try {
    await home.start();
    await home.deploy(puppet);
    const ballast = await open(`${disk.folder}/ballast`, "w");
    await ballast.write(Buffer.alloc(1024));
    for (let size = 1024 * 1024; size >= 4096; size /= 2) {
      for (;;) {
        const { bytesWritten } = await ballast.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }));
        if (bytesWritten < size) break;
      }
    }
    await ballast.close();
    const client = await home.client();
    let acknowledged = 0;
    const sent = Array.from({ length: 300 }, () =>
      client.publishAsync("do/hush", "1".padEnd(100_000), { qos: 1 }).then(() => acknowledged++),
    );
    for (const one of sent) one.catch(() => {});
    await sleep(3_000);
    expect(acknowledged).toBeLessThan(300);
    await truncate(`${disk.folder}/ballast`, 0);
    await Promise.all(sent);
    const stored = Number(await count(home));
    expect(stored).toBe(300);
    await home.stop();
    await home.start();
    expect(await count(home)).toBe("300");
  } finally {
    await home.stop();
    disk.unmount();
  }
});

test("it does not start where another one runs", async () => {
  const home = await Home.make();
  await home.start();
  const other = await Home.make();
  Object.defineProperty(other, "path", { value: home.path });
  await expect(other.start()).rejects.toMatchObject({ code: "E_DATA_IN_USE" });
  expect(JSON.parse(await readFile(dataPaths(home.path).running, "utf8"))).toMatchObject({ mqttUrl: home.supervisor.mqttUrl });
});
