import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { MqttClient } from "mqtt";
import { expect, test } from "vitest";
import { RPC_METHODS, type RpcMethod, type RpcReply } from "../../../runtime/contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../../../runtime/platform/index.ts";
import { newCommand, sealCommand } from "../../../runtime/trust/command.ts";
import { generateKeys } from "../../../runtime/trust/index.ts";
import { client, startMosquitto, until } from "../mqtt/support.ts";
import { guest, handler, manifest, newData, owner, sealed, type Victim, victim } from "./support.ts";

const ECHO = handler("(call $publish (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 2) (i32.const 1))", "out/x");
/** `inputs` and `dead-letters` are not among them: they hold what others said. */
const READS: readonly RpcMethod[] = ["status", "events", "deploys", "metrics", "certificate", "trust"];
const PROVES_ITSELF: readonly RpcMethod[] = ["trust-update", "pair"];

/** A device with an uplink, and somebody at the broker there whom nobody knows. */
async function uplinked(): Promise<Victim & { stranger: MqttClient & { got: string[] }; there: number }> {
  const there = await startMosquitto();
  const dataPath = newData();
  const rules = "[{ direction: out, filter: out/#, qos: 1 }, { direction: in, filter: in/# }]";
  writeFileSync(`${dataPath}/steppps.yaml`, `uplink: { url: "mqtt://127.0.0.1:${there.port}", rules: ${rules} }\n`);
  const made = await victim(dataPath);
  const stranger = await client(there.port, { protocolVersion: 5 });
  await until(() => made.supervisor.view.status().uplink?.connected === true);
  return { ...made, stranger, there: there.port };
}

let asked = 0;

/** The answer to a request over the uplink; undefined where there is none for a while. */
async function ask(
  stranger: MqttClient,
  method: string,
  args: object | Uint8Array = {},
  patience = 60_000,
): Promise<RpcReply | undefined> {
  const topic = `steppps/edge/rpc/${method}/a${++asked}`;
  const answered = Promise.withResolvers<RpcReply | undefined>();
  const hear = (from: string, payload: Buffer) => {
    if (from === `${topic}/reply`) answered.resolve(toPlain(decodeCbor(payload, "any")) as RpcReply);
  };
  stranger.on("message", hear);
  await stranger.subscribeAsync(`${topic}/reply`, { qos: 1 });
  const payload = args instanceof Uint8Array ? args : encodeCbor(fromPlain(args));
  await stranger.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  const late = sleep(patience).then(() => undefined);
  const reply = await Promise.race([answered.promise, late]);
  stranger.off("message", hear);
  return reply;
}

const codeOf = (reply: RpcReply | undefined) => (reply === undefined ? "no answer" : reply.ok ? "ok" : reply.error.code);

test("nobody at the uplink's broker can change anything without a signature, or by another's", async () => {
  const { stranger, supervisor, deploy, plugin } = await uplinked();
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
  const foreign = generateKeys();
  const order = (method: RpcMethod, device = "edge", time = Date.now()) =>
    newCommand({ device, method, args: { plugin: "fine" } }, time);
  for (const method of Object.keys(RPC_METHODS) as RpcMethod[]) {
    const args = { plugin: "fine", deploy: "0000", letter: "1", bundle: new Uint8Array(3), step: "hello" };
    const code = codeOf(await ask(stranger, method, args));
    if (READS.includes(method)) expect(code, method).not.toBe("E_CONTROL_UNSIGNED");
    else if (PROVES_ITSELF.includes(method)) expect(code, method).toMatch(/^E_(TRUST|PAIRING)_/);
    else expect(code, method).toBe("E_CONTROL_UNSIGNED");
  }
  const signed = async (command: ReturnType<typeof order>, keys = owner, method: string = command.method) =>
    codeOf(await ask(stranger, method, { signed: sealCommand(command, keys) }));
  expect(await signed(order("remove"), foreign)).toBe("E_ENVELOPE_SIGNER");
  expect(await signed(order("remove", "another"))).toBe("E_TRUST_COMMAND");
  expect(await signed(order("remove", "edge", Date.now() - 3_600_000))).toBe("E_TRUST_STALE");
  expect(await signed(order("remove", "edge", Date.now() + 3_600_000))).toBe("E_TRUST_STALE");
  expect(await signed(order("status"), owner, "remove")).toBe("E_CONTROL");
  expect(await ask(stranger, "remove", { signed: "not bytes", plugin: "fine" })).toMatchObject({ ok: false });
  // Kept by the broker, it would be obeyed at each connection
  await stranger.publishAsync("steppps/edge/rpc/remove/kept", Buffer.from(encodeCbor(fromPlain({ plugin: "fine" }))), {
    retain: true,
    qos: 1,
  });
  expect(await plugin("fine")).toMatchObject({ health: "healthy" });
  const command = order("remove");
  expect(await signed(command)).toBe("ok");
  expect(await signed(command)).toBe("E_TRUST_REPLAY");
  expect(supervisor.view.status().plugins).toEqual([]);
});

test("whoever names a plugin's topic for an answer does not get what the plugin says there to himself", async () => {
  const { stranger, supervisor, deploy } = await uplinked();
  const echo = manifest("echo", { handlers: [{ kind: "message", filter: "in/echo", method: "take" }] });
  expect(await deploy(sealed(echo, ECHO))).toBe("ok");
  const near = await client(Number(new URL(supervisor.mqttUrl).port), { protocolVersion: 4 });
  await near.subscribeAsync("out/#", { qos: 1 });
  await stranger.subscribeAsync("out/#", { qos: 1 });
  const properties = { responseTopic: "out/x", correlationData: Buffer.from("c") };
  await stranger.publishAsync("steppps/edge/rpc/status/mine", Buffer.from("{}"), { qos: 1, properties });
  // The answer itself is for the one who asked
  await until(() => stranger.got.some((line) => line.includes('"ok":true')));
  expect(near.got).toEqual([]);
  await near.publishAsync("in/echo", "go", { qos: 1 });
  await until(() => near.got.length > 0 && stranger.got.length > 1);
  expect(near.got).toEqual(["out/x ou"]);
  expect(stranger.got.filter((line) => line === "out/x ou")).toHaveLength(1);
});

test("a request that is too large is refused, whatever it asks for, and the next one is answered", async () => {
  const { stranger, supervisor } = await uplinked();
  for (const method of ["inputs", "trust-update", "none"]) {
    expect(codeOf(await ask(stranger, method, Buffer.alloc(8 * 1024 * 1024))), method).toBe("E_CONTROL");
  }
  expect(codeOf(await ask(stranger, "status"))).toBe("ok");
  expect(supervisor.view.status().uplink?.connected).toBe(true);
});
