import { writeFile } from "node:fs/promises";
import { connect, type MqttClient } from "mqtt";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../../../runtime/platform/index.ts";
import { signPackage } from "../../../runtime/trust/index.ts";
import { startMosquitto, until } from "../mqtt/support.ts";
import { type Built, build } from "../script/guests.ts";
import { Home } from "./support.ts";

let puppet: Built;
beforeAll(async () => {
  [puppet] = (await build("puppet")) as [Built];
});

interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
  readonly correlation: string | undefined;
}

/** Somebody at the broker, and all that is said there. */
async function listen(url: string, version: 4 | 5): Promise<{ mqtt: MqttClient; heard: Heard[] }> {
  const mqtt = connect(url, { protocolVersion: version, reconnectPeriod: 0 });
  onTestFinished(() => void mqtt.end(true));
  const heard: Heard[] = [];
  mqtt.on("message", (topic, payload, { retain, properties }) =>
    heard.push({ topic, payload, retain, correlation: properties?.correlationData?.toString() }),
  );
  await mqtt.subscribeAsync(["steppps/#", "homeassistant/#", "me/#"], { qos: 1 });
  return { mqtt, heard };
}

const cbor = (args: object) => Buffer.from(encodeCbor(fromPlain(args)));

/** The broker at which a device is asked: its own, one in its place, one beyond its uplink. */
const WAYS = [
  ["its own broker", 4, "own"],
  ["mosquitto in its place, over MQTT 5", 5, "broker"],
  ["mosquitto in its place, over MQTT 3.1.1", 4, "broker"],
  ["mosquitto beyond the uplink, over MQTT 5", 5, "uplink"],
  ["mosquitto beyond the uplink, over MQTT 3.1.1", 4, "uplink"],
] as const;

describe.each(WAYS)("a device at %s", (_, version, way) => {
  async function start(more = "") {
    const home = await Home.make();
    const there = way === "own" ? undefined : await startMosquitto();
    const url = there && `mqtt://127.0.0.1:${there.port}`;
    const lines = { own: "", broker: `mqtt:\n  broker: ${url}\n`, uplink: `uplink:\n  url: ${url}\n` };
    await writeFile(dataPaths(home.path).document, `${lines[way]}${more}`);
    await home.start();
    await home.supervisor.settled;
    const { mqtt, heard } = await listen(url ?? home.supervisor.mqttUrl, version);
    const of = (topic: string) => heard.filter((one) => one.topic === topic);
    const at = `steppps/edge`;
    await until(() => of(`${at}/state`).at(-1)?.payload.toString() === "online");
    return { home, mqtt, of, at, url };
  }

  test("answers, on the response topic of MQTT 5 or beside the request, and changes for nobody from elsewhere", async () => {
    const { home, mqtt, of, at } = await start();
    if (way === "uplink") await until(() => home.supervisor.view.status().uplink?.connected === true);
    const asked = version === 5;
    const properties = { responseTopic: "me/answers", correlationData: Buffer.from("it's mine") };
    const ask = async (method: string, id: string, args: object) => {
      const answer = asked ? "me/answers" : `${at}/rpc/${method}/${id}/reply`;
      const before = of(answer).length;
      await mqtt.publishAsync(`${at}/rpc/${method}/${id}`, cbor(args), { qos: 1, ...(asked && { properties }) });
      await until(() => of(answer).length > before);
      const { payload, correlation } = of(answer).at(-1) as Heard;
      if (asked) expect(correlation).toBe("it's mine");
      return toPlain(decodeCbor(payload));
    };
    expect(await ask("status", "1", {})).toMatchObject({ ok: true, value: { device: "edge" } });
    expect(await ask("events", "2", { limit: 0 })).toMatchObject({ ok: false, error: { code: "E_CONTROL" } });
    const code = way === "own" ? "E_PLUGIN_UNKNOWN" : "E_CONTROL_UNSIGNED";
    expect(await ask("rollback", "3", { plugin: "nobody" })).toMatchObject({ ok: false, error: { code } });
  });

  test("takes a signed deploy, and says there what became of it", async () => {
    const { mqtt, of, at, home } = await start();
    if (way === "uplink") await until(() => home.supervisor.view.status().uplink?.connected === true);
    const envelope = Buffer.from(signPackage({ type: "plugin", ...puppet }, home.keys));
    await mqtt.publishAsync(`${at}/deploy`, envelope, { qos: 1 });
    const reports = () => of(`${at}/deployed`).map(({ payload }): DeployReport => JSON.parse(payload.toString()));
    await until(() => reports().some(({ ok }) => ok));
    expect(reports().at(-1)).toMatchObject({ plugin: "puppet", version: "1.0.0" });
  });

  test("says when it goes, and is shown to Home Assistant as it asks to be", async () => {
    const { home, mqtt, of, at, url } = await start("discovery:\n  homeAssistant: true\n");
    const config = "homeassistant/device/steppps-edge/config";
    await until(() => of(config).length > 0);
    const first = JSON.parse((of(config)[0] as Heard).payload.toString());
    expect(first).toMatchObject({ dev: { ids: ["steppps-edge"] }, avty: [{ t: `${at}/state` }] });
    // A Home Assistant that starts is told everything anew
    const [configs, states] = [of(config).length, of(`${at}/ha/device`).length];
    await mqtt.publishAsync("homeassistant/status", "online", { qos: 1 });
    await until(() => of(config).length > configs && of(`${at}/ha/device`).length > states);
    await home.stop();
    if (way !== "own") {
      await until(() => of(`${at}/state`).at(-1)?.payload.toString() === "offline");
      const late = await listen(url as string, version);
      await until(() => late.heard.length >= 3);
      const kept = late.heard.filter(({ retain }) => retain).map(({ topic }) => topic);
      expect(kept.toSorted()).toEqual([config, `${at}/state`, `${at}/troubles`]);
    } else expect(of(`${at}/state`).at(-1)?.payload.toString()).toBe("offline");
  });
});

test("a plugin's entities come with it and go with it", async () => {
  const home = await Home.make();
  await writeFile(dataPaths(home.path).document, "discovery:\n  homeAssistant: true\n  homeAssistantButtons: true\n");
  await home.start();
  await home.supervisor.settled;
  const { heard, mqtt } = await listen(home.supervisor.mqttUrl, 4);
  const restarted = () => mqtt.publishAsync("homeassistant/status", "online", { qos: 1 });
  const components = () => {
    const last = heard.findLast(({ topic }) => topic.startsWith("homeassistant/device"));
    return last ? (JSON.parse(last.payload.toString()).cmps as Record<string, object>) : {};
  };
  const health = "steppps-edge_puppet.health";
  expect(await home.deploy(puppet)).toMatchObject({ ok: true });
  await restarted();
  await until(() => components()[health] !== undefined);
  expect(components()["steppps-edge_puppet.rollback"]).toMatchObject({
    p: "button",
    cmd_t: "steppps/edge/rpc/rollback/home-assistant",
  });
  await until(() => heard.some(({ topic }) => topic === "steppps/edge/ha/plugin/puppet"));
  expect(await home.ask("remove", { plugin: "puppet" })).toMatchObject({ ok: true });
  await restarted();
  await until(() => JSON.stringify(components()[health]) === '{"p":"sensor"}');
  expect(
    Object.keys(components()).filter((key) => key.includes("puppet") && Object.keys(components()[key] ?? {}).length > 1),
  ).toEqual([]);
});
