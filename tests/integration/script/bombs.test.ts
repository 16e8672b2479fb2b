import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SandboxEngine, wasmtimeEngine } from "../../../runtime/script/index.ts";
import { type Built, build } from "./guests.ts";
import { Device, variant } from "./support.ts";

let puppet: Built;
let engine: SandboxEngine;
beforeAll(async () => {
  [puppet] = (await build("puppet")) as [Built];
  engine = wasmtimeEngine({ instances: 8, memoryBytes: 16 * 1024 * 1024, threads: 2, inline: true });
});
afterAll(() => engine.close());

const NO_RETRY = { waits: [], pauseAfter: 1_000 };

async function deadCodes(device: Device): Promise<string[]> {
  return (await device.journal.read("dead.all", "puppet", 1_000)).map(({ code }) => code);
}

describe("a bomb is a dead letter, what came beside it is handled, and the plugin goes on", () => {
  test.each([
    ["an endless loop", "do/loop", "", "E_GUEST_DEADLINE"],
    ["a memory bomb", "do/grow", "", "E_GUEST_MEMORY"],
    ["a stack bomb", "do/recurse", "x", "E_GUEST_TRAP"],
    ["a publish storm", "do/storm", "100000", "E_GUEST_EFFECTS"],
    ["a trap", "do/trap", "", "E_GUEST_TRAP"],
    ["a failed assertion", "do/abort", "", "E_GUEST_ABORT"],
  ])("%s", async (_, topic, payload, code) => {
    const device = await Device.start({ engine, retry: NO_RETRY });
    await device.deploy(puppet);
    await Promise.all([device.send("do/add", 1), device.send(topic, payload), device.send("do/add", 2)]);
    await device.send("do/add", 3);
    await device.idle();
    expect(await deadCodes(device)).toEqual([code]);
    expect(device.said("out/count")).toEqual(["1", "3", "6"]);
    expect(device.said("out/storm")).toEqual([]);
    expect(device.host.status()[0]).toMatchObject({ health: "healthy", deadLetters: 1 });
  });

  test("the event loop does not notice a plugin that loops", async () => {
    const device = await Device.start({ engine, retry: NO_RETRY });
    await device.deploy(variant(puppet, { limits: { ...puppet.manifest.limits, deadlineMs: 1_000 } }));
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    await device.send("do/loop");
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(20);
    expect(await deadCodes(device)).toEqual(["E_GUEST_DEADLINE"]);
  });

  test("a storm of traps ends in a pause, and every input of it is kept", async () => {
    const device = await Device.start({ engine, retry: { waits: [0], pauseAfter: 50 } });
    await device.deploy(puppet);
    await Promise.all(Array.from({ length: 500 }, () => device.send("do/trap")));
    await device.idle();
    const { health, deadLetters, queued } = device.host.status()[0] ?? {};
    expect(health).toBe("paused");
    expect(Number(deadLetters) + Number(queued)).toBe(500);
    expect(Number(deadLetters)).toBeLessThan(50);
    await device.restart();
    expect(device.host.status()[0]?.queued).toBe(queued);
  });

  test("a payload of 10 MB that a guest has no memory for", async () => {
    const device = await Device.start({ engine, retry: NO_RETRY });
    await device.deploy(puppet);
    await device.send("do/add", new Uint8Array(10 * 1024 * 1024).fill(0x31));
    await device.send("do/add", 1);
    await device.idle();
    expect(["E_GUEST_MEMORY", "E_GUEST_TRAP"]).toContain((await deadCodes(device))[0]);
    expect(device.said("out/count")).toEqual(["1"]);
  });
});

test("V8 stops what it can: all but loops", async () => {
  const device = await Device.start({ retry: NO_RETRY });
  await device.deploy(puppet);
  for (const [topic, payload] of [
    ["do/storm", "100000"],
    ["do/recurse", "x"],
    ["do/trap", ""],
    ["do/abort", ""],
  ] as const)
    await device.send(topic, payload);
  await device.send("do/add", 1);
  await device.idle();
  expect((await deadCodes(device)).reverse()).toEqual(["E_GUEST_EFFECTS", "E_GUEST_TRAP", "E_GUEST_TRAP", "E_GUEST_ABORT"]);
  expect(device.said("out/count")).toEqual(["1"]);
});
