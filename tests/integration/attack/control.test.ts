import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { RPC_METHODS } from "../../../runtime/contract/index.ts";
import { guest, manifest, sealed, victim } from "./support.ts";

const REQUESTS = [
  "",
  "{",
  "null",
  "[]",
  '"x"',
  "{}",
  '{"plugin":"__proto__"}',
  '{"plugin":"constructor","letter":{"toString":1}}',
  '{"plugin":{"a":1}}',
  '{"__proto__":{"plugin":"none"},"constructor":{"prototype":{"polluted":1}}}',
  '{"plugin":"../../etc/passwd","letter":"../1","deploy":"../1"}',
  '{"plugin":"none","drop":true,"letter":"1"}',
  '{"signed":"AAAA"}',
  '{"limit":-1,"after":9007199254740993}',
  '{"limit":1e400}',
  '{"plugin":"a\\u0000\\ud800"}',
  "[".repeat(60_000),
  "x".repeat(70_000),
];
/** They change the device as asked, or write files. */
const NOT_ASKED = ["pair", "backup", "support"];

test("no request, however it is written, changes anything or goes unanswered", async () => {
  const { supervisor, device, deploy } = await victim();
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const topics = new Set<string>();
  client.on("message", (topic) => topics.add(topic));
  await client.subscribeAsync("steppps/+/rpc/+/+/reply", { qos: 1 });
  const known = Object.keys(RPC_METHODS).filter((method) => !NOT_ASKED.includes(method));
  const methods = [...known, "toString", "__proto__", "constructor"];
  const asked = methods.flatMap((method) => REQUESTS.map((_, i) => `steppps/edge/rpc/${method}/${i}`));
  for (const topic of asked) await client.publishAsync(topic, REQUESTS[Number(topic.split("/").at(-1))] as string, { qos: 1 });
  await expect.poll(() => topics.size).toBe(asked.length);
  expect([...topics].toSorted()).toEqual(asked.map((topic) => `${topic}/reply`).toSorted());
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(await device.ask("status")).toMatchObject({ plugins: [{ name: "fine", health: "healthy" }] });
});

test("of ten thousand requests at once each is answered or told to come again, and the next one is answered", async () => {
  const { supervisor, device } = await victim();
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const sent = Array.from({ length: 10_000 }, (_, i) => client.publishAsync(`steppps/edge/rpc/status/r${i}`, "{}", { qos: 0 }));
  await Promise.all(sent);
  await expect.poll(() => device.ask("status").catch(({ code }) => code)).toMatchObject({ device: "edge" });
});
