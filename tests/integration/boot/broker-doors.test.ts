import { createHash, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAsync, type IClientOptions } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { deviceIdentity } from "../../../runtime/boot/identity.ts";
import { hashPassword } from "../../../runtime/trust/index.ts";
import { freePort, outsideAddress, until } from "../mqtt/support.ts";
import { Home } from "./support.ts";

const OUTSIDE = outsideAddress();

async function homeWith(yaml: (tlsPort: number) => string): Promise<{ home: Home; tlsPort: number; port: number }> {
  const home = await Home.make();
  const tlsPort = await freePort();
  await writeFile(join(home.path, "steppps.yaml"), yaml(tlsPort));
  const { mqttUrl } = await home.start();
  return { home, tlsPort, port: Number(new URL(mqttUrl).port) };
}

function codes(home: Home): (string | undefined)[] {
  return home.supervisor.view.events.recent().map(({ kind, code }) => (kind.startsWith("document") ? kind : code));
}

async function enter(options: IClientOptions) {
  const client = await connectAsync({ reconnectPeriod: 0, ...options });
  onTestFinished(() => client.endAsync(true));
  return client;
}

test("users come in from elsewhere, with TLS and the device's own certificate or without; others are events", async () => {
  const hash = await hashPassword("sensor-secret");
  const { home, tlsPort, port } = await homeWith(
    (tls) => `mqtt:\n  listen: all\n  tls: { port: ${tls} }\n  users:\n    sensor: { password: '${hash}', publish: ['s/#'] }\n`,
  );
  const user = { username: "sensor", password: "sensor-secret" };
  await (await enter({ protocol: "mqtt", host: OUTSIDE, port, ...user })).publishAsync("s/1", "x", { qos: 1 });
  const { certificate } = await deviceIdentity({ path: home.path }, {});
  const secure = await enter({ protocol: "mqtts", host: OUTSIDE, port: tlsPort, ca: certificate, ...user });
  await secure.publishAsync("s/2", "x", { qos: 1 });
  await expect(enter({ protocol: "mqtt", host: OUTSIDE, port })).rejects.toThrow("Not authorized");
  await expect(enter({ protocol: "mqtts", host: "127.0.0.1", port: tlsPort, ca: certificate })).rejects.toThrow();
  expect(codes(home)).toContain("E_MQTT_ANONYMOUS");
});

test("without users it listens to this machine, says so, and users that are added count at once there", async () => {
  const { home, port } = await homeWith(() => "mqtt: { listen: all }\n");
  await expect(enter({ protocol: "mqtt", host: OUTSIDE, port })).rejects.toThrow();
  expect(codes(home)).toContain("E_MQTT_NO_USERS");
  await writeFile(
    join(home.path, "steppps.yaml"),
    "mqtt: { listen: all, users: { sensor: { password: sensor-secret, publish: ['s/#'] } } }\n",
  );
  await home.supervisor.reload();
  expect(codes(home)).toContain("E_MQTT_PASSWORD_PLAIN");
  const here = { protocol: "mqtt", host: "127.0.0.1", port, username: "sensor" } as const;
  await expect(enter({ ...here, password: "another-one" })).rejects.toThrow();
  expect((await enter({ ...here, password: "sensor-secret" })).connected).toBe(true);
});

test("a broker elsewhere: its key pinned, the password from a file, and nothing but an event where a file is missing", async () => {
  const first = await homeWith(
    (tls) =>
      `mqtt:\n  tls: { port: ${tls} }\n  users:\n    other: { password: other-secret, publish: [steppps/second/#], subscribe: [steppps/second/#] }\n`,
  );
  const { certificate } = await deviceIdentity({ path: first.home.path }, {});
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  const pin = `sha256/${createHash("sha256").update(key).digest("base64")}`;
  const url = `mqtts://127.0.0.1:${first.tlsPort}`;

  const second = await Home.make();
  await writeFile(join(second.path, "password.txt"), "other-secret\n");
  await writeFile(
    join(second.path, "steppps.yaml"),
    `name: second\nmqtt: { broker: '${url}', username: other, passwordFile: password.txt, pin: '${pin}', postQuantum: required }\n`,
  );
  await second.start();
  await until(() => first.home.supervisor.view.status().mqtt.clients === 1);

  const third = await Home.make();
  await writeFile(join(third.path, "steppps.yaml"), `name: third\nmqtt: { broker: '${url}', ca: gone.pem }\n`);
  await third.start();
  expect(codes(third)).toContain("E_TLS_FILE");
});
