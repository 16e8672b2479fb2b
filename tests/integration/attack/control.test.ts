import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { CONTROL_VERBS } from "../../../runtime/contract/index.ts";
import { guest, manifest, sealed, victim } from "./support.ts";

const ID = '"id":"asker"';
const REQUESTS = [
  "",
  "{",
  "null",
  "[]",
  '"x"',
  '{"id":1}',
  '{"id":"../../x"}',
  '{"id":"a/b"}',
  '{"id":"+"}',
  `{"id":"${"a".repeat(65)}"}`,
  `{${ID}}`,
  `{${ID},"plugin":"__proto__"}`,
  `{${ID},"plugin":"constructor","action":"show","letter":{"toString":1}}`,
  `{${ID},"plugin":{"a":1}}`,
  `{${ID},"__proto__":{"plugin":"none"},"constructor":{"prototype":{"polluted":1}}}`,
  `{${ID},"plugin":"../../etc/passwd","action":"replay","letter":"../1"}`,
  `{${ID},"plugin":"none","action":"toString","letter":"1"}`,
  `{${ID},"limit":-1,"after":9007199254740993}`,
  `{${ID},"limit":1e400}`,
  `{${ID},"plugin":"a\\u0000\\ud800"}`,
  "[".repeat(60_000),
  "x".repeat(70_000),
];

test("no request, however it is written, changes anything or goes unanswered to where it may be answered", async () => {
  const { supervisor, device, deploy } = await victim();
  expect(await deploy(sealed(manifest("fine"), guest()))).toBe("ok");
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const topics = new Set<string>();
  let answers = 0;
  client.on("message", (topic) => {
    topics.add(topic);
    answers++;
  });
  await client.subscribeAsync("steppps/+/done/#", { qos: 1 });
  const verbs = [...CONTROL_VERBS, "toString", "__proto__", "constructor"];
  for (const verb of verbs)
    for (const request of REQUESTS) await client.publishAsync(`steppps/edge/do/${verb}`, request, { qos: 1 });
  const named = REQUESTS.filter((request) => request.startsWith(`{${ID}`)).length;
  await expect.poll(() => answers).toBe(named * verbs.length);
  expect([...topics]).toEqual(["steppps/edge/done/asker"]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(await device.ask("status")).toMatchObject({ plugins: [{ name: "fine", health: "healthy" }] });
});

test("of ten thousand requests at once each is answered or told to come again, and the next one is answered", async () => {
  const { supervisor, device } = await victim();
  const client = await connectAsync(supervisor.mqttUrl, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const sent = Array.from({ length: 10_000 }, (_, i) =>
    client.publishAsync("steppps/edge/do/status", JSON.stringify({ id: `r${i}` }), { qos: 0 }),
  );
  await Promise.all(sent);
  await expect.poll(() => device.ask("status").catch(({ code }) => code), { timeout: 20_000 }).toMatchObject({ device: "edge" });
});
