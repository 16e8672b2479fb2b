import { setTimeout as sleep } from "node:timers/promises";
import mqtt, { type MqttClient } from "mqtt";
import { makePayload } from "../load/wire.ts";
import { LOGIN } from "./login.ts";

/** Between attempts to reach a device that is still starting: one that is answered slowly is not to have to answer many. */
const AGAIN_MS = 500;
const LIMIT_MS = 120_000;

/** A client of the broker at `port` of this machine's loopback, as soon as there is one. */
export async function connectSoon(port: number, limitMs: number = LIMIT_MS): Promise<MqttClient> {
  const attempts = new Set<MqttClient>();
  const { promise, resolve } = Promise.withResolvers<MqttClient>();
  const end = performance.now() + limitMs;
  let there: MqttClient | undefined;
  promise.then(
    (client) => {
      there = client;
    },
    () => {},
  );
  // What is sent to a device without a network is lost, and TCP waits longer each time: so each attempt is a new connection.
  while (!there && performance.now() < end) {
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...LOGIN, reconnectPeriod: 0, connectTimeout: limitMs });
    attempts.add(client);
    client.on("error", () => {});
    client.once("connect", () => resolve(client));
    await Promise.race([promise, sleep(AGAIN_MS)]);
  }
  for (const client of attempts) if (client !== there) client.end(true);
  if (!there) throw new Error(`nobody answered MQTT within ${limitMs / 1000} s`);
  return there;
}

/** Resolves when what is published to `bench/in` comes out of the relay plugin: to `bench/out`, in Fahrenheit. */
export async function awaitRelayed(client: MqttClient): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<[string, Buffer]>();
  const late = setTimeout(() => reject(new Error(`nothing came out of bench/out in ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  client.once("message", (topic, payload) => resolve([topic, payload]));
  try {
    await client.subscribeAsync("bench/out", { qos: 0 });
    await client.publishAsync("bench/in", makePayload(5), { qos: 0 });
    const [topic, payload] = await promise;
    const { unit } = JSON.parse(payload.toString("utf8"));
    if (topic !== "bench/out" || unit !== "fahrenheit") throw new Error(`not what was asked for: ${topic} ${payload}`);
  } finally {
    clearTimeout(late);
  }
}
