import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { controlTopic } from "../../../runtime/contract/index.ts";
import { generateKeys, PLUGIN_CONTENT_TYPE, sealEnvelope } from "../../../runtime/trust/index.ts";
import { guest, manifest, newData, owner, sealed, victim } from "./support.ts";

const WASM = guest();
const CBOR_ARRAY = 0x9a;
const COSE_SIGN = [0xd8, 98];

function flipped(envelope: Uint8Array, at: number): Uint8Array {
  const copy = envelope.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

function counted(items: number, body: Uint8Array): Uint8Array {
  const head = Buffer.from([...COSE_SIGN, CBOR_ARRAY, 0, 0, 0, 0]);
  head.writeUInt32BE(items, 3);
  return Buffer.concat([head, body]);
}

test("what is not an owner's whole envelope is refused with nothing changed", async () => {
  const { deploy, supervisor } = await victim();
  const good = sealed(manifest("good"), WASM);
  const bad: readonly [string, Uint8Array, RegExp][] = [
    ["someone else's", sealed(manifest("good"), WASM, generateKeys()), /SIGNER/],
    ["nothing", new Uint8Array(0), /FORMAT/],
    ...[1, 2, 100, good.length >> 1, good.length - 1].map((length): [string, Uint8Array, RegExp] => [
      `cut to ${length}`,
      good.subarray(0, length),
      /FORMAT/,
    ]),
    ["one more byte", Buffer.concat([good, Buffer.from([0])]), /FORMAT/],
    ["another signature", flipped(good, good.length - 10), /SIGNATURE/],
    ["another payload", flipped(good, 300), /SIGNATURE|FORMAT/],
    ["deep", Buffer.concat([Buffer.from(COSE_SIGN), Buffer.alloc(100_000, 0x81)]), /FORMAT/],
    ["a count without items", counted(0x7fffffff, new Uint8Array(100)), /FORMAT/],
    ["millions of items", counted(8_000_000, new Uint8Array(8_000_000)), /FORMAT/],
    ["signed, not a plugin", sealEnvelope(new Uint8Array(1000), PLUGIN_CONTENT_TYPE, owner), /E_PACKAGE/],
    ["signed for something else", sealEnvelope(new Uint8Array(1000), "text/plain", owner), /TYPE/],
  ];
  for (const [what, envelope, code] of bad) expect(await deploy(envelope), what).toMatch(code);
  expect((await supervisor.view.status()).plugins).toEqual([]);
  expect(await deploy(good)).toBe("ok");
});

test("a version keeps meaning one content, whoever sends it again", async () => {
  const { deploy, plugin } = await victim(newData());
  const first = sealed(manifest("good"), WASM);
  expect(await deploy(first)).toBe("ok");
  expect(await deploy(first)).toBe("ok");
  expect(await deploy(sealed(manifest("good"), WASM))).toBe("ok");
  expect(await deploy(sealed(manifest("good"), guest({ more: "(func)" })))).toBe("E_PLUGIN_VERSION");
  expect(await deploy(sealed(manifest("good", { capabilities: { publish: ["#"], timers: true, state: true } }), WASM))).toBe(
    "E_PLUGIN_VERSION",
  );
  expect(await plugin("good")).toMatchObject({ version: "1.0.0", health: "healthy" });
});

test("a flood of envelopes that no owner signed lets others speak in between", async () => {
  const { deploy, device, supervisor } = await victim();
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const bad = flipped(sealed(manifest("good"), WASM), 300);
  let reports = 0;
  client.on("message", () => reports++);
  await client.subscribeAsync(controlTopic.deployed("edge"), { qos: 0 });
  const sent = Array.from({ length: 2000 }, () => client.publishAsync("steppps/edge/deploy", Buffer.from(bad), { qos: 0 }));
  const asked = device.ask("status");
  await asked;
  // Each is a turn of its own: not one wait for all two thousand.
  const meanwhile = reports;
  await Promise.all(sent);
  expect(await deploy(sealed(manifest("good"), WASM))).toBe("ok");
  await expect.poll(() => reports).toBeGreaterThan(meanwhile);
});
