import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { formatPublicKey } from "../../../runtime/trust/index.ts";
import { systemProgram } from "../../support/system.ts";
import { type Built, build } from "../script/guests.ts";
import { Home } from "./support.ts";

let puppet: Built;
let mosquitto: string;
beforeAll(async () => {
  mosquitto = systemProgram("mosquitto");
  [puppet] = (await build("puppet")) as [Built];
}, 120_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the broker may go and come back: what was committed meanwhile is sent, what comes is handled", async () => {
  const home = await Home.make();
  const port = await freePort();
  const config = join(home.path, "mosquitto.conf");
  await writeFile(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  let broker: ChildProcess | undefined;
  const startBroker = async () => {
    broker = spawn(mosquitto, ["-c", config], { stdio: "ignore" });
    for (let i = 0; i < 100; i++) {
      const client = await connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0, connectTimeout: 500 }).catch(
        () => undefined,
      );
      if (client) return client.endAsync();
      await sleep(50);
    }
    throw new Error("mosquitto does not listen");
  };
  const stopBroker = async () => {
    broker?.kill("SIGKILL");
    await once(broker as ChildProcess, "exit");
  };
  onTestFinished(() => void broker?.kill("SIGKILL"));
  await writeFile(
    dataPaths(home.path).document,
    `mqtt:\n  broker: mqtt://127.0.0.1:${port}\nowners:\n  - ${formatPublicKey(home.keys.public)}\n`,
  );
  await startBroker();
  await home.start();
  expect(await home.deploy(puppet)).toMatchObject({ ok: true });

  // A timer rings while the broker is away.
  const client = await home.client();
  await client.publishAsync("do/timer", "away 1000", { qos: 1 });
  for (let i = 0; i < 50 && home.supervisor.view.status().plugins[0]?.timers !== 1; i++) await sleep(20);
  expect(home.supervisor.view.status().plugins[0]?.timers).toBe(1);
  await stopBroker();
  await sleep(1_500);
  expect(home.supervisor.view.status().plugins[0]?.timers).toBe(0);

  await startBroker();
  const heard = await connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0 });
  onTestFinished(() => heard.endAsync(true));
  const got: string[] = [];
  heard.on("message", (topic, payload) => got.push(`${topic} ${payload}`));
  await heard.subscribeAsync("out/#", { qos: 1 });
  for (let i = 0; i < 100 && !got.some((line) => line.startsWith("out/count")); i++) {
    await heard.publishAsync("do/add", "1", { qos: 1 });
    await sleep(100);
  }
  expect(got.some((line) => line.startsWith("out/count"))).toBe(true);
}, 60_000);
