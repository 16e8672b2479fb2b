import { connect as connectTcp } from "node:net";
import { type IClientOptions, connect as mqttConnect } from "mqtt";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { MqttUsers } from "../../../runtime/boot/mqtt-users.ts";
import type { MqttUser } from "../../../runtime/contract/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { hashPassword } from "../../../runtime/trust/index.ts";
import { type Pair, type TestAuthority, testAuthority } from "../../support/certificates.ts";
import { publishPacket, rawClient } from "./raw-client.ts";
import { client, outsideAddress, startBus, until } from "./support.ts";

const OUTSIDE = outsideAddress();
const USERS: Record<string, MqttUser> = {
  sensor: { password: "sensor-secret", publish: ["sensors/#"], subscribe: ["commands/+", "mine"] },
  all: { password: "all-secret-1", publish: ["#", "steppps/#", "$SYS/#"], subscribe: ["#", "steppps/#"] },
  operator: { password: "operator-secret", publish: ["sensors/#"], subscribe: ["#"], operator: true },
};

function usersOf(users: Readonly<Record<string, MqttUser>> = USERS) {
  const reports: { code: string; detail: string }[] = [];
  const made = new MqttUsers(users, {
    device: "edge",
    clock: systemClock(),
    report: ({ code, detail }) => reports.push({ code, detail }),
  });
  return Object.assign(made, { reports });
}

/** A broker that listens everywhere, and how to reach it from elsewhere. */
async function open(users = usersOf()) {
  const made = await startBus({ host: "::", users });
  const from = (host: string) => async (options: IClientOptions) => client(made.port, { host, ...options });
  const as = (username: string, more: IClientOptions = {}) =>
    from(OUTSIDE)({ username, password: USERS[username]?.password ?? "", ...more });
  return { ...made, users, as, here: from("127.0.0.1"), there: from(OUTSIDE) };
}

/** The CONNACK with which a client is refused. */
async function refusal(port: number, options: IClientOptions): Promise<number> {
  const mqtt = mqttConnect({ port, protocol: "mqtt", reconnectPeriod: 0, ...options });
  onTestFinished(() => void mqtt.end(true));
  return new Promise((resolve, reject) => {
    mqtt.once("error", (error) => resolve((error as { code?: number }).code ?? -1));
    mqtt.once("connect", () => reject(new Error("it was let in")));
  });
}

test("programs of this machine come in without a user, others do not", async () => {
  const { port, here, refused } = await open();
  const local = await here({});
  await local.publishAsync("anything", "x", { qos: 1 });
  expect(await refusal(port, { host: OUTSIDE })).toBe(5);
  expect(refused).toEqual([{ address: OUTSIDE, code: "E_MQTT_ANONYMOUS", detail: "", unsaid: 0 }]);
});

test("without users the broker listens to this machine only, and says so", async () => {
  const { port, reports, bus } = await startBus({ host: "::", users: usersOf({}) });
  expect(reports).toEqual(["E_MQTT_NO_USERS"]);
  expect(bus.reach).toEqual({});
  const socket = connectTcp(port, OUTSIDE);
  await expect(new Promise((_, reject) => socket.once("error", reject))).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("wrong names and passwords are refused alike, also on this machine, and told without the password", async () => {
  const { port, refused } = await open();
  for (const host of [OUTSIDE, "127.0.0.1"]) {
    for (const [username, password] of [
      ["sensor", "not-it-at-all"],
      ["nobody", "sensor-secret"],
      ["sensor", ""],
    ] as const)
      expect(await refusal(port, { host, username, password })).toBe(4);
  }
  expect(refused.map(({ code }) => code)).toContain("E_MQTT_LOGIN");
  expect(JSON.stringify(refused)).not.toContain("secret");
  expect(JSON.stringify(refused)).not.toContain("not-it");
});

test("a hash in the document works as the password does, and a plain one is reported once by name only", async () => {
  const hashed = usersOf({ sensor: { password: await hashPassword("sensor-secret") } });
  expect(hashed.reports).toEqual([]);
  const { as } = await open(hashed);
  expect((await as("sensor")).connected).toBe(true);
  const plain = usersOf();
  expect(plain.reports).toEqual([{ code: "E_MQTT_PASSWORD_PLAIN", detail: "of sensor, all, operator" }]);
});

describe("what a user may do", () => {
  test("publish and subscribe as the document says, and nothing else", async () => {
    const { as, bus, taken, here } = await open();
    await bus.subscribe("#");
    const sensor = await as("sensor");
    await sensor.publishAsync("sensors/1", "x", { qos: 1 });
    const granted = await sensor.subscribeAsync(["commands/a", "commands/#", "#", "mine", "other"], { qos: 1 }).catch(() => []);
    // MQTT.js rejects where one of them is refused; what the broker sends then shows which were granted
    expect(granted).toEqual([]);
    const local = await here({});
    for (const topic of ["commands/a", "commands/b", "mine", "other"]) await local.publishAsync(topic, "x", { qos: 1 });
    await until(() => sensor.got.includes("mine x"));
    expect(sensor.got).toEqual(["commands/a x", "mine x"]);
    sensor.publish("elsewhere", "x", { qos: 1 });
    await until(() => !sensor.connected);
    expect(taken.map(({ topic }) => topic)).not.toContain("elsewhere");
  });

  test("what comes from elsewhere is marked so, and says which user sent it", async () => {
    const { as, bus, taken, here } = await open();
    await bus.subscribe("sensors/#");
    await (await as("sensor", { clientId: "one" })).publishAsync("sensors/1", "x", { qos: 1 });
    await (await here({ clientId: "two" })).publishAsync("sensors/1", "x", { qos: 1 });
    expect(taken.map(({ from, remote }) => ({ from, remote }))).toEqual([
      { from: "@sensor/one", remote: true },
      { from: "two", remote: undefined },
    ]);
  });

  test.each(["steppps/edge/deploy", "steppps/edge/rpc/status/1", "$SYS/x", "steppps/edge/events"])(
    "%s is closed to users, whatever their filters say",
    async (topic) => {
      const { as, bus, taken } = await open();
      await bus.subscribe("#");
      const all = await as("all");
      all.publish(topic, "x", { qos: 1 });
      await until(() => !all.connected);
      expect(taken).toEqual([]);
    },
  );

  test("a wildcard of a user who is no operator does not bring what is reserved, retained or not", async () => {
    const { as, bus } = await open();
    const say = (topic: string) => bus.publish({ topic, payload: Buffer.from("x"), qos: 1, retain: true });
    await say("steppps/edge/state");
    await say("open/before");
    const [all, operator] = [await as("all", { clean: false, clientId: "a" }), await as("operator")];
    for (const one of [all, operator]) await one.subscribeAsync(["#", "+/+/events"], { qos: 1 });
    await say("steppps/edge/events");
    await say("open/after");
    await until(() => all.got.includes("open/after x") && operator.got.includes("open/after x"));
    expect(all.got.sort()).toEqual(["open/after x", "open/before x"]);
    expect(operator.got).toContain("steppps/edge/state x");
    expect(operator.got).toContain("steppps/edge/events x");
    // What waits in a session is no other way in
    await all.endAsync();
    await say("steppps/edge/events");
    await say("open/last");
    const again = await as("all", { clean: false, clientId: "a" });
    await until(() => again.got.includes("open/last x"));
    expect(again.got).toEqual(["open/last x"]);
  });

  test("an operator gives commands, which are not retained", async () => {
    const { as, bus, taken, here } = await open();
    await bus.subscribe("steppps/edge/rpc/#");
    await (await as("operator")).publishAsync("steppps/edge/rpc/status/1", "x", { qos: 1, retain: true });
    expect(taken).toMatchObject([{ topic: "steppps/edge/rpc/status/1", remote: true, retain: false }]);
    const late = await here({});
    await late.subscribeAsync("steppps/#", { qos: 1 });
    await late.subscribeAsync("end", { qos: 1 });
    await late.publishAsync("end", "x", { qos: 1 });
    await until(() => late.got.includes("end x"));
    expect(late.got).toEqual(["end x"]);
  });

  test("a will where its user may not publish is refused with its CONNECT", async () => {
    const { port } = await open();
    const will = { topic: "steppps/edge/events", payload: Buffer.from("x"), qos: 1 as const, retain: false };
    const options = { host: OUTSIDE, username: "sensor", password: "sensor-secret" };
    expect(await refusal(port, { ...options, will })).toBe(5);
    expect(await refusal(port, { ...options, will: { ...will, topic: "other" } })).toBe(5);
    const fine = await client(port, { ...options, will: { ...will, topic: "sensors/gone" } });
    expect(fine.connected).toBe(true);
  });
});

describe("client ids", () => {
  test("nobody takes over another one's session by its id", async () => {
    const { as, here } = await open();
    const sensor = await as("sensor", { clientId: "same", clean: false });
    await sensor.subscribeAsync("mine", { qos: 1 });
    const others = [await as("all", { clientId: "same", clean: false }), await here({ clientId: "same", clean: false })];
    const guessed = await here({ clientId: "@sensor/same", clean: false });
    expect([sensor, ...others, guessed].every(({ connected }) => connected)).toBe(true);
    await sensor.endAsync();
    await (await here({})).publishAsync("mine", "private", { qos: 1 });
    const back = await as("sensor", { clientId: "same", clean: false });
    await until(() => back.got.includes("mine private"));
    for (const other of [...others, guessed]) expect(other.got).toEqual([]);
  });

  test.each(["a\u0000b", "a\u0007b", "x".repeat(600)])("%j is refused", async (clientId) => {
    const { port } = await open();
    await expect(rawClient(port, { clientId } as object)).resolves.toMatchObject({});
    const raw = await rawClient(port, { clientId } as object);
    await until(raw.ended);
  });
});

describe("TLS", () => {
  let authority: TestAuthority;
  let server: Pair;
  beforeAll(async () => {
    authority = await testAuthority();
    server = await authority.issue({ name: "edge", hosts: ["localhost"] });
  });
  const tlsBus = async () => {
    const users = usersOf({ ...USERS, badge: { publish: ["sensors/#"] } });
    const made = await startBus({ host: "::", users, tls: { port: 0, ...server, clientCa: authority.certificate } });
    const port = made.bus.reach?.tlsPort ?? 0;
    const tls: IClientOptions = { protocol: "mqtts", host: "localhost", ca: authority.certificate };
    const dial = (options: IClientOptions) => client(port, { ...tls, ...options, port } as IClientOptions);
    return { ...made, port, dial, tls };
  };

  test("a user with a password, or with a certificate of the authority that names it", async () => {
    const { dial, bus, taken } = await tlsBus();
    await bus.subscribe("sensors/#");
    const sensor = await dial({ username: "sensor", password: "sensor-secret", clientId: "p" });
    await sensor.publishAsync("sensors/1", "x", { qos: 1 });
    const badge = await authority.issue({ name: "badge" });
    const other = await dial({ cert: badge.certificate, key: badge.key, clientId: "c" });
    await other.publishAsync("sensors/2", "x", { qos: 1 });
    expect(taken.map(({ from }) => from)).toEqual(["@sensor/p", "@badge/c"]);
  });

  test("nobody without, not even from this machine; and no certificate of others", async () => {
    const { port, tls, refused } = await tlsBus();
    expect(await refusal(port, tls)).toBe(5);
    const strange = await (await testAuthority("strange")).issue({ name: "badge" });
    expect(await refusal(port, { ...tls, cert: strange.certificate, key: strange.key })).toBe(5);
    const unknown = await authority.issue({ name: "unknown" });
    expect(await refusal(port, { ...tls, cert: unknown.certificate, key: unknown.key })).toBe(5);
    const old = await authority.issue({
      name: "badge",
      notBefore: new Date(Date.now() - 9e8),
      notAfter: new Date(Date.now() - 1e8),
    });
    expect(await refusal(port, { ...tls, cert: old.certificate, key: old.key })).toBe(5);
    expect(refused.map(({ code }) => code)[0]).toBe("E_MQTT_ANONYMOUS");
  });

  test("TLS 1.2 and no TLS are refused in the handshake, and nobody is left waiting at the door", async () => {
    const { port, tls, refused, dial } = await tlsBus();
    for (let i = 0; i < 40; i++) {
      const raw = connectTcp(port, OUTSIDE);
      raw.on("error", () => {});
      raw.write("GET / HTTP/1.1\r\n\r\n");
      await new Promise((resolve) => raw.once("close", resolve));
    }
    await expect(dial({ maxVersion: "TLSv1.2", minVersion: "TLSv1.2" } as IClientOptions)).rejects.toThrow();
    expect(refused.map(({ code }) => code)).toContain("E_MQTT_HANDSHAKE");
    const one = await client(port, {
      ...tls,
      port,
      host: OUTSIDE,
      servername: "localhost",
      username: "sensor",
      password: "sensor-secret",
      rejectUnauthorized: false,
    } as IClientOptions);
    expect(one.connected).toBe(true);
  });

  test("a certificate that is none closes the TLS port, not the broker", async () => {
    const { bus, reports, port } = await startBus({ users: usersOf(), tls: { port: 0, certificate: "none", key: "none" } });
    expect(reports).toEqual(["E_MQTT_TLS"]);
    expect(bus.reach).toEqual({});
    expect((await client(port)).connected).toBe(true);
  });
});

test("users that change while the broker runs: who is as before stays, others log in again", async () => {
  const users = usersOf();
  const { as, bus, port, there } = await open(users);
  const [sensor, operator] = [await as("sensor"), await as("operator")];
  users.set({ operator: USERS.operator as MqttUser, sensor: { password: "another-one", publish: ["new/#"] } });
  bus.usersChanged?.();
  await until(() => !sensor.connected);
  expect(operator.connected).toBe(true);
  expect(await refusal(port, { host: OUTSIDE, username: "sensor", password: "sensor-secret" })).toBe(4);
  const again = await there({ username: "sensor", password: "another-one" });
  await again.publishAsync("new/1", "x", { qos: 1 });
});

test("a SUBSCRIBE of which a part is refused stores the rest only", async () => {
  const { as, port, here } = await open();
  const options = { clientId: "parts", clean: false };
  const raw = await rawClient(port, { clientId: "unused" } as object);
  raw.send(publishPacket("warm", "up", 0));
  const sensor = await as("sensor", options);
  await sensor.subscribeAsync(["other", "mine"], { qos: 1 }).catch(() => {});
  await sensor.endAsync();
  const local = await here({});
  for (const topic of ["other", "mine"]) await local.publishAsync(topic, "x", { qos: 1 });
  const back = await as("sensor", options);
  await until(() => back.got.length > 0);
  expect(back.got).toEqual(["mine x"]);
});
