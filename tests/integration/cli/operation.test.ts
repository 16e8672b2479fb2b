import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { connectAsync, type MqttClient } from "mqtt";
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openDataDirectory } from "../../../runtime/boot/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { formatPublicKey, generateKeys, type KeyPair, saveKeys, signPackage } from "../../../runtime/trust/index.ts";
import { type StartedSupervisor, spawnSteppps, startSupervisor, steppps } from "../../support/cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { type Built, build } from "../script/guests.ts";

let puppet: Built;
beforeAll(async () => {
  [puppet] = (await build("puppet")) as [Built];
});

let folder: string;
beforeEach(() => {
  const temp = tempFolder("operation");
  onTestFinished(() => temp[Symbol.dispose]());
  folder = temp.path;
});

/** A data directory with an owner whose key is there too. */
function home(name: string): { data: string; keys: KeyPair } {
  const data = join(folder, name);
  const keys = generateKeys();
  mkdirSync(join(data, "owners"), { recursive: true });
  writeFileSync(join(data, "owners/owner.pub"), formatPublicKey(keys.public));
  saveKeys(join(data, "keys"), keys);
  return { data, keys };
}

async function start(data: string): Promise<StartedSupervisor> {
  const supervisor = await startSupervisor({ data });
  onTestFinished(() => void supervisor.child.kill("SIGKILL"));
  return supervisor;
}

async function connect(url: string): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0 });
  client.on("error", () => {});
  onTestFinished(() => client.endAsync(true));
  return client;
}

async function run(args: readonly string[], data: string, env: Record<string, string> = {}) {
  const ended = await steppps([...args, "--json"], { data, env });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return JSON.parse(ended.stdout);
}

async function deploy(data: string, keys: KeyPair): Promise<void> {
  const file = join(folder, "puppet.plugin");
  writeFileSync(file, signPackage({ type: "plugin", ...puppet }, keys));
  await run(["plugin", "deploy", file], data);
}

/** What the plugin counted so far. */
async function count(client: MqttClient): Promise<number> {
  const answer = heard(client, "out/count");
  await client.subscribeAsync("out/count", { qos: 1 });
  await client.publishAsync("do/add", "0", { qos: 1 });
  return Number(await answer);
}

function heard(client: MqttClient, topic: string): Promise<string> {
  return new Promise((resolve) => {
    client.on("message", (at, payload) => at === topic && resolve(payload.toString()));
  });
}

const PASSPHRASE = { STEPPPS_PASSPHRASE: "correct horse battery" };

test("a backup of a device that is at work becomes another device that goes on with the same work", async () => {
  const { data, keys } = home("first");
  const first = await start(data);
  await deploy(data, keys);
  const client = await connect(first.mqttUrl);
  await client.publishAsync("do/timer", "late 20000", { qos: 1 });
  let acknowledged = 0;
  let sent = 0;
  let on = true;
  const pump = (async () => {
    while (on) {
      sent++;
      await client.publishAsync("do/hush", "1", { qos: 1 });
      acknowledged++;
    }
  })();
  await sleep(300);
  const before = acknowledged;
  const file = join(folder, "device.backup");
  const made = await run(["backup", file], data);
  const after = sent;
  await sleep(100);
  on = false;
  await pump;
  expect(made).toMatchObject({
    device: "edge",
    identity: false,
    files: expect.arrayContaining([expect.objectContaining({ path: "journal.db" })]),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(data).filter((name) => name.startsWith(".backup"))).toEqual([]);

  const second = join(folder, "second");
  expect(await run(["restore", file, "--data", second], data)).toMatchObject({ device: "edge-restored" });
  const other = await start(second);
  expect(other.device).toBe("edge-restored");
  const reader = await connect(other.mqttUrl);
  const rang = heard(reader, "out/rang");
  await reader.subscribeAsync("out/#", { qos: 1 });
  const counted = await count(reader);
  expect(counted).toBeGreaterThanOrEqual(before);
  expect(counted).toBeLessThanOrEqual(after);
  expect(await rang).toContain("late note of late");
  // The first one goes on meanwhile, with all that it acknowledged, and its own timer.
  expect(await count(client)).toBeGreaterThanOrEqual(acknowledged);
  await Promise.all([first.stop(), other.stop()]);
  // What it sends from now on has numbers, and so ids, that the first one never gives.
  const seqs = await lastSeqs(data, second);
  expect(seqs[1]).toBeGreaterThan(seqs[0] + 2 ** 31);
});

/** The newest batch of each device. */
async function lastSeqs(...folders: readonly string[]): Promise<[number, number]> {
  const seqs: number[] = [];
  for (const data of folders) {
    const journal = await openJournal({ file: join(data, "journal.db") });
    seqs.push((await journal.read("batch.last", "puppet", 1))[0]?.seq ?? -1);
    await journal.close();
  }
  return seqs as [number, number];
}

test("a restore that is killed has happened or has not, and can be done again", async () => {
  const { data } = home("first");
  const first = await start(data);
  await first.stop();
  const file = join(folder, "device.backup");
  await run(["backup", file], data);
  const second = join(folder, "second");
  mkdirSync(second);
  writeFileSync(join(second, "steppps.yaml"), "name: old\n");
  let killed = 0;
  for (let delay = 150; delay < 1_000; delay += 60) {
    const child = spawnSteppps(["restore", file, "--data", second, "--replace"], { data });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await Promise.race([sleep(delay), ended]);
    if (child.exitCode === null) killed++;
    child.kill("SIGKILL");
    await ended;
    // As the supervisor begins.
    await openDataDirectory(second);
    const document = readFileSync(join(second, "steppps.yaml"), "utf8");
    if (document.startsWith("name: old")) expect(readdirSync(second)).not.toContain("journal.db");
    else expect(document).toContain("name: edge-restored");
    if (!document.startsWith("name: old")) expect(readdirSync(second)).toEqual(expect.arrayContaining(["journal.db", "owners"]));
  }
  expect(killed).toBeGreaterThan(0);
  await run(["restore", file, "--data", second, "--replace"], data);
  expect((await start(second)).device).toBe("edge-restored");
});

test("an identity goes along encrypted, from a device that is off, and makes the same device", async () => {
  const { data, keys } = home("first");
  const first = await start(data);
  await deploy(data, keys);
  await (await connect(first.mqttUrl)).publishAsync("do/add", "7", { qos: 1 });
  await first.stop();
  const file = join(folder, "device.backup");
  expect(await steppps(["backup", file, "--identity"], { data, env: { STEPPPS_PASSPHRASE: "short" } })).toMatchObject({
    code: 1,
  });
  await run(["backup", file, "--identity", "--no-history"], data, PASSPHRASE);
  expect(readFileSync(file).includes("kty")).toBe(false);
  const again = join(folder, "again");
  const wrong = await steppps(["restore", file, "--data", again, "--identity"], {
    data,
    env: { STEPPPS_PASSPHRASE: "not the right one" },
  });
  expect(wrong.stderr).toContain("E_BACKUP_PASSPHRASE");
  await run(["restore", file, "--data", again, "--identity"], data, PASSPHRASE);
  expect(readFileSync(join(again, "device.secret"))).toEqual(readFileSync(join(data, "device.secret")));
  const second = await start(again);
  expect(second.device).toBe("edge");
  expect(await count(await connect(second.mqttUrl))).toBe(7);
  const busy = await steppps(["restore", file, "--data", again, "--replace"], { data, env: PASSPHRASE });
  expect(busy.stderr).toContain("E_DATA_IN_USE");
  await second.stop();
});

describe("a support bundle has no secret in it", () => {
  const SECRETS = ["hunter2-for-users", "token-of-a-plugin", "said by a plugin", "payload-of-a-message", "uplink-password"];
  const DOCUMENT = `name: kitchen
mqtt: { users: { secret-user-name: { password: hunter2-for-users } } }
plugins: { puppet: { enabled: true } }
`;

  test("whether the device runs or not", async () => {
    const { data, keys } = home("first");
    writeFileSync(join(data, "steppps.yaml"), DOCUMENT);
    const supervisor = await start(data);
    await deploy(data, keys);
    const client = await connect(supervisor.mqttUrl);
    await client.publishAsync("do/reject", "said by a plugin", { qos: 1 });
    await client.publishAsync("do/put", "key payload-of-a-message", { qos: 1 });
    await sleep(500);
    const look = async (name: string) => {
      const file = join(folder, name);
      const { names } = await run(["support", file], data);
      const text = gunzipSync(readFileSync(file)).toString("latin1");
      for (const secret of [...SECRETS, "secret-user-name"]) expect(text).not.toContain(secret);
      const privateKeys = JSON.parse(readFileSync(join(data, "keys/owner.jwks.json"), "utf8")).keys;
      for (const { d, priv } of privateKeys) expect(text).not.toContain(d ?? priv);
      return { names, text };
    };
    const running = await look("running.tar.gz");
    expect(running.names).toEqual(
      expect.arrayContaining(["README.txt", "document.json", "machine.json", "status.json", "events.jsonl", "start.json"]),
    );
    expect(running.text).toContain("kitchen");
    expect(running.text).toContain('"puppet"');
    expect(running.text).toContain("supervisor.started");
    await supervisor.stop();
    const off = await look("off.tar.gz");
    expect(off.text).toContain("supervisor.stopping");
  });
});

test("a device without an owner shows a code, and whoever types it owns the device", async () => {
  const data = join(folder, "fresh");
  mkdirSync(data);
  const lines: string[] = [];
  const supervisor = await startSupervisor({ data }, ["--no-examples", "--log", "json"]);
  onTestFinished(() => void supervisor.child.kill("SIGKILL"));
  supervisor.child.stdout?.on("data", (chunk) => lines.push(String(chunk)));
  // The page on loopback shows it; nothing else does.
  const session = await (await fetch(new URL("/api/session", supervisor.webUrl))).json();
  const { code } = session.pairing;
  expect(code).toMatch(/^\d{4}-\d{4}$/);
  const mine = home("mine");
  const target = ["--broker", supervisor.mqttUrl, "--device", "edge"];
  const wrong = await steppps(["pair", code === "0000-0000" ? "1111-1111" : "0000-0000", ...target], { data: mine.data });
  expect(wrong.stderr).toContain("E_PAIRING_CODE");
  expect(await run(["pair", code, "--name", "home", ...target], mine.data)).toMatchObject({ device: "edge" });
  expect(readFileSync(join(data, "owners/home.pub"), "utf8").trim()).toBe(formatPublicKey(mine.keys.public));
  // Its plugins run at once.
  const file = join(folder, "puppet.plugin");
  writeFileSync(file, signPackage({ type: "plugin", ...puppet }, mine.keys));
  expect(await run(["plugin", "deploy", file, ...target], mine.data)).toBeDefined();
  const again = await steppps(["pair", code, ...target], { data: mine.data });
  expect(again.stderr).toContain("E_PAIRING_CLOSED");
  expect(lines.join("")).not.toContain(code);
  await supervisor.stop();
  for (const name of readdirSync(data))
    if (name.startsWith("journal")) expect(readFileSync(join(data, name)).includes(code)).toBe(false);
});

test("SIGHUP reads the document again, and a bad one changes nothing", async () => {
  const { data } = home("first");
  const supervisor = await start(data);
  const client = await connect(supervisor.mqttUrl);
  const events: { kind: string; text: string }[] = [];
  client.on("message", (_, payload) => void events.push(JSON.parse(payload.toString())));
  await client.subscribeAsync("steppps/edge/events", { qos: 1 });
  const until = async (kind: string) => {
    const found = () => events.find((event) => event.kind === kind);
    await expect.poll(found).toBeDefined();
    return found();
  };
  writeFileSync(join(data, "steppps.yaml"), "name: edge\ndeploys: { gateSeconds: never }\n");
  supervisor.child.kill("SIGHUP");
  expect(await until("document.refused")).toMatchObject({ text: expect.stringContaining("line 2") });
  writeFileSync(join(data, "steppps.yaml"), "name: hall\ndeploys: { gateSeconds: 5 }\n");
  supervisor.child.kill("SIGHUP");
  expect(await until("document.changed")).toMatchObject({ text: "in force: deploys; at the next start: name" });
  expect(await supervisor.stop()).toBe(0);
});
