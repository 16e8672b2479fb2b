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
});

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
    for (;;) {
      const client = await connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0 }).catch(() => undefined);
      if (client) return client.endAsync();
      await sleep(50);
    }
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
  await client.publishAsync("do/timer", "away 3000", { qos: 1 });
  const timers = () => home.supervisor.view.status().plugins[0]?.timers;
  await expect.poll(timers).toBe(1);
  await stopBroker();
  await expect.poll(timers).toBe(0);

  await startBroker();
  const heard = await connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0 });
  onTestFinished(() => heard.endAsync(true));
  const got: string[] = [];
  heard.on("message", (topic, payload) => got.push(`${topic} ${payload}`));
  await heard.subscribeAsync("out/#", { qos: 1 });
  while (!got.some((line) => line.startsWith("out/count"))) {
    await heard.publishAsync("do/add", "1", { qos: 1 });
    await sleep(100);
  }
});
