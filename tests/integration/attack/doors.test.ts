import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import mqtt, { type Packet } from "mqtt-packet";
import { expect, onTestFinished, test } from "vitest";
import { MqttUsers } from "../../../runtime/boot/mqtt-users.ts";
import type { MqttUser } from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { client, outsideAddress, startBus, until } from "../mqtt/support.ts";

const OUTSIDE = outsideAddress();
const USERS: Record<string, MqttUser> = { sensor: { password: "sensor-secret", publish: ["s/#"], subscribe: ["s/#"] } };

async function open() {
  const users = new MqttUsers(USERS, { device: "edge", clock: systemClock(), report: () => {} });
  const made = await startBus({ host: "::", users });
  await made.bus.subscribe("#");
  const sensor = (clientId: string) =>
    client(made.port, { host: OUTSIDE, username: "sensor", password: "sensor-secret", clientId });
  return { ...made, sensor };
}

const connectPacket = (more: object) =>
  mqtt.generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId: "x",
    keepalive: 0,
    ...more,
  } as Packet);

/** Connects again and again, says `bytes()`, and doesn't care. */
function storm(port: number, bytes: () => Uint8Array, width = 64): { tries(): number; stop(): void } {
  let tries = 0;
  let over = false;
  const sockets = new Set<Socket>();
  const one = () => {
    if (over) return;
    tries++;
    const socket = connect(port, OUTSIDE, () => socket.write(bytes()));
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      setImmediate(one);
    });
  };
  for (let i = 0; i < width; i++) one();
  const stop = () => {
    over = true;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(stop);
  return { tries: () => tries, stop };
}

test("a storm of wrong passwords: sensors go on, one that was in comes back in, and it is told once a second", async () => {
  const { sensor, port, refused, taken } = await open();
  const before = await sensor("before");
  const began = performance.now();
  const wrong = storm(port, () => connectPacket({ username: "sensor", password: randomBytes(8) }));
  await until(() => wrong.tries() > 1000);
  for (let i = 0; i < 500; i++) await before.publishAsync("s/1", `${i}`, { qos: 1 });
  expect(taken).toHaveLength(500);
  const seconds = (performance.now() - began) / 1000;
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  expect(new Set(refused.map(({ address }) => address))).toEqual(new Set([OUTSIDE]));
  wrong.stop();
  await before.endAsync();
  // Its address has to wait now, which a password that was right before does not
  const again = await sensor("before");
  await again.publishAsync("s/1", "back", { qos: 1 });
});

test("connections that say nothing, or half a CONNECT, do not keep others out", async () => {
  const { port, sensor, bus } = await open();
  const silent = Array.from({ length: 200 }, () => connect(port, OUTSIDE));
  for (const socket of silent) socket.on("error", () => {}).on("connect", () => socket.write(connectPacket({}).subarray(0, 5)));
  onTestFinished(() => {
    for (const socket of silent) socket.destroy();
  });
  await until(() => silent.filter(({ destroyed }) => destroyed).length >= 192);
  const local = await client(port);
  await local.publishAsync("s/1", "x", { qos: 1 });
  for (const socket of silent) socket.destroy();
  // That they are gone is seen a moment later.
  await expect
    .poll(() =>
      sensor("late").then(
        ({ connected }) => connected,
        () => false,
      ),
    )
    .toBe(true);
  expect(bus.clients()).toBe(2);
});

test("names of users are no topics, no keys and no paths", async () => {
  const { port, refused, taken } = await open();
  const names = ["sensor/x", "../sensor", "sensor\u0000", "@sensor", "__proto__", "#", "\uffff", "x".repeat(60_000)];
  for (const username of names) {
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(connectPacket({ username, password: "sensor-secret", will: { topic: "s/will", payload: "x", qos: 0 } })),
    );
    socket.on("error", () => {});
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
  }
  expect(taken).toEqual([]);
  for (const { detail } of refused) {
    expect(detail.length).toBeLessThanOrEqual(100);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(detail).not.toMatch(/[\u0000-\u001f]/);
  }
});

test("random bytes and broken packets, before and after the login, end the connection and nothing else", async () => {
  const { port, sensor } = await open();
  const steady = await sensor("steady");
  const login = connectPacket({ username: "sensor", password: "sensor-secret", clientId: "fuzz" });
  for (let i = 0; i < 300; i++) {
    const socket = connect(port, OUTSIDE);
    socket.on("error", () => {});
    socket.resume();
    const noise = randomBytes(1 + (i % 300));
    const broken = Buffer.from(login);
    broken[i % broken.length] = i & 0xff;
    socket.write(i % 3 === 0 ? noise : i % 3 === 1 ? Buffer.concat([login, noise]) : Buffer.concat([broken, noise]));
    setTimeout(() => socket.destroy(), 20);
    await new Promise((resolve) => socket.once("close", resolve));
  }
  await steady.publishAsync("s/1", "still here", { qos: 1 });
  expect(steady.connected).toBe(true);
});

test("large packets that never end, from many, take bounded memory and the door stays open", async () => {
  const users = new MqttUsers(USERS, { device: "edge", clock: systemClock(), report: () => {} });
  const { port, reports } = await startBus({ host: "::", users, limits: { unfinishedBytes: 2 * 1024 * 1024 } });
  const hoarders: Socket[] = [];
  for (let i = 0; i < 40; i++) {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(connectPacket({ clientId: `h${i}` }));
      // A PUBLISH of 1,000,000 bytes of which a tenth comes
      socket.write(Buffer.concat([Buffer.from([0x30, 0xc0, 0x84, 0x3d, 0, 1, 0x61]), Buffer.alloc(100_000)]));
    });
    socket.on("error", () => {});
    socket.resume();
    hoarders.push(socket);
  }
  onTestFinished(() => {
    for (const socket of hoarders) socket.destroy();
  });
  await until(() => hoarders.filter(({ destroyed }) => destroyed).length >= 20);
  expect(reports).toContain("E_MQTT_UNFINISHED");
  const one = await client(port);
  await one.publishAsync("a", Buffer.alloc(500_000), { qos: 1 });
});
