import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadKeys, signPackage } from "../../../runtime/trust/index.ts";
import { ROOT, type StartedSupervisor, spawnSteppps, startSupervisor, steppps } from "../../support/cli.ts";

const EXAMPLE = join(ROOT, "assembly/examples/motion-light");

let data: string;
let work: string;
let supervisor: StartedSupervisor;
const run = (...args: string[]) => steppps(args, { data, cwd: work });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};
const failing = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect(stdout).toBe("");
  return { code, error: JSON.parse(stderr.split("\n")[0] as string).error.code };
};

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "steppps-data-"));
  work = mkdtempSync(join(tmpdir(), "steppps-work-"));
  await json("keys", "new");
  await json("keys", "new", "stranger");
  writeFileSync(join(work, "owner.pub"), (await run("keys", "show")).stdout);
  expect(await json("keys", "trust", "owner.pub")).toMatchObject({ added: true });
  supervisor = await startSupervisor({ data });
});

afterAll(async () => {
  expect(await supervisor.stop()).toBe(0);
  expect(existsSync(join(data, "running.json"))).toBe(false);
  expect(await failing("status")).toEqual({ code: 5, error: "E_CLI_NO_DEVICE" });
  rmSync(data, { recursive: true });
  rmSync(work, { recursive: true });
});

test("keys: a second owner of the same name is refused, both are listed, trusting twice changes nothing", async () => {
  expect(await failing("keys", "new")).toEqual({ code: 1, error: "E_KEY_EXISTS" });
  expect(await json("keys", "list")).toHaveLength(2);
  expect(await json("keys", "trust", "owner.pub")).toMatchObject({ added: false });
  expect(await failing("keys", "trust", "nowhere.pub")).toEqual({ code: 1, error: "E_KEY_FORMAT" });
});

describe("a plugin on a device", () => {
  test("is built, signed and deployed", async () => {
    const built = await json("plugin", "build", EXAMPLE, "-o", work);
    const wasm = readFileSync(join(work, "motion-light.wasm"));
    const { manifest } = built;
    expect(JSON.parse(readFileSync(join(work, "motion-light.json"), "utf8"))).toEqual(manifest);
    const signed = await json("plugin", "sign", EXAMPLE, "-o", work);
    expect(signed.file).toBe(join(work, `motion-light-${manifest.version}.plugin`));
    expect(await json("plugin", "deploy", signed.file)).toMatchObject({ ok: true, plugin: "motion-light" });
    const stranger = loadKeys(join(data, "keys"), "stranger");
    writeFileSync(join(work, "strange.plugin"), signPackage({ type: "plugin", manifest, wasm }, stranger));
    const changed = readFileSync(signed.file);
    changed.writeUInt8(changed.readUInt8(2000) ^ 1, 2000);
    writeFileSync(join(work, "changed.plugin"), changed);
  });

  test("is listed, healthy", async () => {
    await expect.poll(() => json("plugin", "list")).toMatchObject([{ name: "motion-light", health: "healthy" }]);
    expect((await run("status")).stdout).toMatch(/motion-light +\d+\.\d+\.\d+ +healthy/);
  });

  test("handles a message, and what it did is replayed to the same bytes", async () => {
    const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
    await client.subscribeAsync("zigbee2mqtt/+/set");
    const answer = new Promise<string>((resolve) => client.on("message", (topic) => resolve(topic)));
    await client.publishAsync("zigbee2mqtt/hall_motion", JSON.stringify({ occupancy: true, illuminance: 3 }), { qos: 1 });
    expect(await answer).toBe("zigbee2mqtt/hall_light/set");
    await client.endAsync();
    expect(await json("replay", "motion-light")).toMatchObject({ inputs: 1, differing: 0 });
  });

  test("has logs, which can be followed", async () => {
    expect((await run("plugin", "logs", "motion-light")).stdout).toMatch(/plugin\.deployed/);
    const follower = spawnSteppps(["plugin", "logs", "-f", "--json"], { data, cwd: work });
    const refused = new Promise<void>((resolve) => {
      createInterface(follower.stdout as NodeJS.ReadableStream).on("line", (line) => {
        if (JSON.parse(line).kind === "plugin.refused") resolve();
      });
    });
    await run("plugin", "deploy", "strange.plugin");
    await refused;
    const ended = new Promise((resolve) => follower.once("exit", resolve));
    follower.kill("SIGINT");
    expect(await ended).toBe(0);
  });

  test("has no dead letters, and no version before", async () => {
    expect(await json("plugin", "dead-letters")).toEqual([]);
    expect(await failing("plugin", "dead-letters", "show", "motion-light", "1")).toEqual({
      code: 1,
      error: "E_DEAD_LETTER_UNKNOWN",
    });
    expect(await failing("plugin", "rollback", "motion-light")).toEqual({ code: 1, error: "E_PLUGIN_NO_PREVIOUS" });
  });

  test("dev swaps in what is saved, shows mistakes and survives them, and rollback goes back", async () => {
    const folder = mkdtempSync(join(work, "dev-"));
    const entry = join(folder, "plugin.ts");
    copyFileSync(join(EXAMPLE, "plugin.ts"), entry);
    const source = readFileSync(entry, "utf8");
    const [{ version: settled }] = await json("plugin", "list");
    const dev = spawnSteppps(["plugin", "dev", folder, "--json"], { data, cwd: work });
    const stdout = lines(dev.stdout);
    const stderr = lines(dev.stderr);
    const first = JSON.parse(await stdout());
    expect(first.version).toMatch(/^\d+\.\d+\.\d+-dev\./);
    writeFileSync(entry, `${source}\nfor (const x of [1]) {}\n`);
    expect(JSON.parse(await stderr()).error).toMatchObject({
      code: "E_COMPILE",
      detail: expect.stringContaining("plugin.ts:"),
    });
    writeFileSync(entry, `${source}\n// changed\n`);
    const second = JSON.parse(await stdout());
    expect(second.version).not.toBe(first.version);
    dev.kill("SIGINT");
    // Neither has passed its gate yet: the version before both is the one to go back to.
    expect(await json("plugin", "list")).toMatchObject([{ version: second.version, previousVersion: settled }]);
    await json("plugin", "rollback", "motion-light");
    expect(await json("plugin", "list")).toMatchObject([{ version: settled }]);
  });

  test("is gone once removed", async () => {
    await json("plugin", "remove", "motion-light");
    expect(await json("plugin", "list")).toEqual([]);
    expect(await failing("plugin", "remove", "motion-light")).toEqual({ code: 1, error: "E_PLUGIN_UNKNOWN" });
  });
});

test("what a plugin could not handle is shown, replayed and dropped", async () => {
  expect(await json("plugin", "deploy", join(ROOT, "assembly/examples/cold-chain"))).toMatchObject({ plugin: "cold-chain" });
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  await client.publishAsync("cold/milk/temperature", '{"temperatur":15}', { qos: 1 });
  await client.endAsync();
  const letters = () => json("plugin", "dead-letters", "list", "cold-chain");
  await expect.poll(letters).toMatchObject([{ plugin: "cold-chain", code: "E_GUEST_REJECTED" }]);
  const [{ id }] = await letters();
  const { stdout } = await run("plugin", "dead-letters", "show", "cold-chain", String(id));
  expect(stdout).toMatch(/^name +cold\/milk\/temperature$/m);
  expect(stdout).toMatch(/^payload +\{"temperatur":15\}$/m);
  // It still cannot: it comes back under a new number.
  await json("plugin", "dead-letters", "replay", "cold-chain", String(id));
  await expect.poll(letters).toMatchObject([{ id: expect.not.stringMatching(`^${id}$`) }]);
  const [{ id: again }] = await letters();
  await json("plugin", "dead-letters", "drop", "cold-chain", String(again));
  expect(await letters()).toEqual([]);
});

describe("what is refused", () => {
  test.each([
    [["plugin", "deploy", "strange.plugin"], { code: 1, error: "E_ENVELOPE_SIGNER" }],
    [["plugin", "deploy", "changed.plugin"], { code: 1, error: "E_ENVELOPE_SIGNATURE" }],
    [["plugin", "deploy", "nowhere"], { code: 1, error: "E_CLI_NO_PLUGIN" }],
    [["plugin", "deploy", "--key", "nobody", EXAMPLE], { code: 1, error: "E_KEY_MISSING" }],
    [["plugin", "test", "nowhere"], { code: 1, error: "E_CLI_NO_PLUGIN" }],
    [["status", "--broker", "http://x"], { code: 2, error: "E_CLI_OPTION" }],
    [["status", "--broker", "mqtt://127.0.0.1:1"], { code: 2, error: "E_CLI_OPTION" }],
    [["status", "--broker", "mqtt://127.0.0.1:1", "--device", "x"], { code: 5, error: "E_CLI_UNREACHABLE" }],
    [["status", "--device", "elsewhere", "--timeout", "3s"], { code: 5, error: "E_CLI_TIMEOUT" }],
    [["status", "--timeout", "soon"], { code: 1, error: "E_DURATION" }],
    [["plugin", "logs", "-n", "0"], { code: 2, error: "E_CLI_OPTION" }],
    [["completion", "tcsh"], { code: 2, error: "E_CLI_OPTION" }],
    [["start", "--engine", "jvm"], { code: 2, error: "E_CLI_OPTION" }],
  ])("%j", async (args, expected) => {
    expect(await failing(...args)).toEqual(expected);
  });

  test("a broker that says nothing", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as { port: number };
    expect(await failing("status", "--broker", `mqtt://127.0.0.1:${port}`, "--device", "x", "--timeout", "300ms")).toEqual({
      code: 5,
      error: "E_CLI_UNREACHABLE",
    });
    silent.close();
  });
});

/** The lines of a stream, one each call. */
function lines(stream: Readable | null): () => Promise<string> {
  const iterator = createInterface(stream as Readable)[Symbol.asyncIterator]();
  return async () => String((await iterator.next()).value);
}
