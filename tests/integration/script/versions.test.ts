import { beforeAll, describe, expect, test } from "vitest";
import { generateKeys, signPackage } from "../../../runtime/trust/index.ts";
import { type Built, build } from "./guests.ts";
import { Device, variant } from "./support.ts";

/** (module) */
const EMPTY = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

let puppet: Built;
let misfit: Built;
beforeAll(async () => {
  [puppet, misfit] = (await build("puppet", "misfit")) as [Built, Built];
});

describe("an envelope is refused, with nothing changed", () => {
  test.each([
    ["tampered", (_: Device, good: Uint8Array) => flip(good, Math.floor(good.length / 2)), /^E_ENVELOPE_SIGNATURE$/],
    ["cut short", (_: Device, good: Uint8Array) => good.subarray(0, good.length - 1), /^E_ENVELOPE_FORMAT$/],
    ["empty", () => new Uint8Array(0), /^E_ENVELOPE_FORMAT$/],
    ["signed by somebody else", () => signPackage({ type: "plugin", ...puppet }, generateKeys()), /^E_ENVELOPE_SIGNER$/],
    ["not signed", () => puppet.wasm, /^E_ENVELOPE_FORMAT$/],
  ])("%s", async (_, make, code) => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/add", 1);
    const next = device.seal(variant(puppet, { version: "1.0.1" }));
    const before = await device.journal.read("plugin.all");
    await expect(device.deploy(make(device, next))).rejects.toMatchObject({ code: expect.stringMatching(code) });
    expect(await device.journal.read("plugin.all")).toEqual(before);
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["1", "2"]);
  });

  test("the same version with other content", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await expect(device.deploy(variant(puppet, { description: "other" }))).rejects.toMatchObject({ code: "E_PLUGIN_VERSION" });
    await device.deploy(puppet); // signed again, the same content
    expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
  });

  test("code that is not WebAssembly, or wants what the host does not offer", async () => {
    const device = await Device.start();
    const deploy = (wasm: Uint8Array) => device.deploy({ ...puppet, wasm });
    await expect(deploy(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: "E_PACKAGE" });
    await expect(deploy(puppet.wasm.subarray(0, 1000))).rejects.toMatchObject({ code: "E_GUEST_INVALID" });
    // (module (import "wasi" "exit" (func)))
    const wasi = Buffer.concat([EMPTY, Buffer.from([1, 4, 1, 0x60, 0, 0, 2, 13, 1, 4]), Buffer.from("wasi\u0004exit\0\0")]);
    await expect(deploy(new Uint8Array(wasi))).rejects.toMatchObject({ code: "E_GUEST_IMPORT" });
    await expect(deploy(EMPTY)).rejects.toMatchObject({ code: "E_GUEST_EXPORT" });
    expect(await device.journal.read("plugin.all")).toEqual([]);
    expect(device.host.status()).toEqual([]);
  });

  test("settings that do not fit it", async () => {
    const device = await Device.start({ settings: () => ({ config: { lamp: "x" } }) });
    await expect(device.deploy(puppet)).rejects.toMatchObject({ code: "E_PLUGIN_CONFIG" });
    expect(device.host.status()).toEqual([]);
  });
});

describe("a new version", () => {
  test("takes over between two messages, with the state of the old one", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    const sent = Array.from({ length: 500 }, () => device.send("do/add", 1));
    const deployed = device.deploy(variant(puppet, { version: "1.0.1" }));
    sent.push(...Array.from({ length: 500 }, () => device.send("do/add", 1)));
    await Promise.all([...sent, deployed]);
    await device.idle();
    expect(device.said("out/count")).toEqual(Array.from({ length: 1000 }, (_, i) => String(i + 1)));
    expect(device.host.status()[0]).toMatchObject({ version: "1.0.1", previousVersion: "1.0.0" });
    await device.deploys.rollback("puppet");
    await device.send("do/add", 1);
    await device.restart();
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["1001", "1002"]);
    expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
  });

  test("whose code can't be started leaves the old one at work, and its rows as they were", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/add", 1);
    const wrong = { manifest: { ...puppet.manifest, version: "2.0.0" }, wasm: misfit.wasm };
    await expect(device.deploy(wrong)).rejects.toMatchObject({ code: "E_DEPLOY_MIGRATION" });
    await device.send("do/add", 1);
    await device.restart();
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["1", "2", "3"]);
  });

  test("that comes when the old one could not start gets its state, and a failed one costs nothing", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/add", 41);
    await device.journal.commit([["config.set", "puppet", JSON.stringify({ nonsense: "x" }), null]]);
    await device.restart();
    expect(device.host.status()).toEqual([]);
    expect(device.events.at(-1)).toMatchObject({ kind: "plugin.refused", code: "E_PLUGIN_CONFIG" });
    const wrong = { manifest: { ...puppet.manifest, version: "2.0.0" }, wasm: misfit.wasm };
    await expect(device.deploy(wrong)).rejects.toMatchObject({ code: "E_GUEST_RESULT" });
    await device.deploy(variant(puppet, { version: "1.0.1" }));
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["41", "42"]);
  });

  test("with its handlers in another order gets what waits to the right ones", async () => {
    const device = await Device.start({ retry: { waits: [60_000], pauseAfter: 50 } });
    await device.deploy(puppet);
    await device.send("do/trap"); // waits for its next try
    const { handlers } = puppet.manifest;
    const index = (method: string) => handlers.findIndex((handler) => handler.method === method);
    const order = handlers.map((_, at) => at);
    order[index("trap")] = index("fail");
    order[index("fail")] = index("trap");
    const swapped = order.map((at) => handlers[at] as (typeof handlers)[number]);
    // The dispatcher numbers handlers as the old manifest does, so that here "trap" runs the code of "fail".
    await device.deploy(variant(puppet, { version: "1.1.0", handlers: swapped }));
    await device.advance(60_000);
    const [dead] = await device.journal.read("dead.all", "puppet", 1);
    expect(dead?.code).toBe("E_GUEST_ABORT");
  });

  test("with its handlers in another order does not take again what a sender repeats", async () => {
    const device = await Device.start();
    // No shadow run: the dispatcher's numbers are not those of the second manifest.
    const quick = variant(puppet, { durability: "memory" });
    await device.deploy(quick);
    await device.send("do/add", 1, { id: "a" });
    await device.deploy(variant(quick, { version: "1.1.0", handlers: puppet.manifest.handlers.toReversed() }));
    await device.send("do/add", 1, { id: "a", duplicate: true });
    await device.idle();
    expect(device.host.workflow("puppet").record.snapshot().count).toBe(0);
    expect(device.said("out/count")).toEqual(["1"]);
  });

  test("without the handler of what waits makes it a dead letter", async () => {
    const device = await Device.start({ retry: { waits: [60_000], pauseAfter: 50 } });
    await device.deploy(puppet);
    await device.send("do/trap");
    const handlers = puppet.manifest.handlers.filter(({ method }) => method !== "trap");
    await device.deploy(variant(puppet, { version: "1.1.0", handlers }));
    await device.advance(60_000);
    const [dead] = await device.journal.read("dead.all", "puppet", 1);
    expect(dead?.code).toBe("E_GUEST_RESULT");
  });

  test.each([
    ["durable", "memory"],
    ["memory", "durable"],
  ] as const)("that is %s in place of %s keeps the state now, and over a restart if it is durable", async (to, from) => {
    const device = await Device.start();
    await device.deploy(variant(puppet, { durability: from }));
    await device.send("do/add", 2);
    await device.send("do/timer", "a 1000");
    const { id, outcome } = await device.take(variant(puppet, { version: "1.0.1", durability: to }));
    if (outcome === "waiting") await device.deploys.approve(id); // to forget with the process is more than it might do
    await device.send("do/add", 3);
    await device.idle();
    expect(device.said("out/count").at(-1)).toBe("5");
    await device.restart();
    await device.send("do/add", 3);
    await device.idle();
    expect(device.said("out/count").at(-1)).toBe(to === "durable" ? "8" : "3");
    expect(device.host.status()[0]?.timers).toBe(to === "durable" ? 1 : 0);
  });

  test("is one of a few that are kept", async () => {
    const device = await Device.start();
    for (let i = 0; i < 15; i++) await device.deploy(variant(puppet, { version: `1.0.${i}` }));
    const kept = await device.journal.read("version.all", "puppet");
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept.map(({ version }) => version)).toEqual(expect.arrayContaining(["1.0.14", "1.0.13"]));
    await device.deploys.rollback("puppet");
    expect(device.host.status()[0]).toMatchObject({ version: "1.0.13" });
  });
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}
