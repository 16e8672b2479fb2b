import type { IClientOptions, IPublishPacket } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { type Delivery, openExternalBus } from "../../../runtime/mqtt/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { client, startMosquitto, until } from "./support.ts";

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/** As it goes out: of the same trace, with a parent id that is this packet's own (W3C Trace Context, 4.3). */
const ON_ITS_WAY = expect.stringMatching(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);

async function setup() {
  const mosquitto = await startMosquitto();
  const journal = await openJournal({ file: ":memory:" });
  const taken: Delivery[] = [];
  const bus = await openExternalBus({
    url: `mqtt://127.0.0.1:${mosquitto.port}`,
    clientId: "device",
    journal,
    onMessage(message, done) {
      taken.push({ ...message, payload: Buffer.from(message.payload) });
      done();
    },
  });
  await bus.subscribe("in/#");
  await bus.start();
  onTestFinished(async () => {
    await bus.close();
    await journal.close();
  });
  await until(() => bus.connected());
  const five: IClientOptions = { protocolVersion: 5 };
  const other = await client(mosquitto.port, five);
  const heard: IPublishPacket[] = [];
  other.on("message", (_topic, _payload, packet) => heard.push(packet));
  await other.subscribeAsync("out/#", { qos: 1 });
  await other.publishAsync("in/ready", "", { qos: 1 });
  await until(() => taken.length === 1);
  taken.length = 0;
  return { mosquitto, bus, taken, other, heard };
}

test("properties come through a broker of MQTT 5 in both directions", async () => {
  const { bus, taken, other, heard } = await setup();
  const correlationData = Buffer.from([0, 1, 255]);
  await other.publishAsync("in/1", "x", {
    qos: 1,
    properties: {
      responseTopic: "answers/7",
      correlationData,
      userProperties: { traceparent: TRACE, id: "m-1", via: "a b", other: "x" },
    },
  });
  await other.publishAsync("in/2", "x", { qos: 1, properties: { userProperties: { traceparent: "none of the kind" } } });
  await until(() => taken.length === 2);
  expect(taken[0]).toMatchObject({ id: "m-1", trace: TRACE, via: "a b", responseTopic: "answers/7", remote: true });
  expect(Buffer.from(taken[0]?.correlation ?? []).equals(correlationData)).toBe(true);
  expect(taken[1]?.trace).toBeUndefined();

  const [first] = taken as [Delivery];
  const { id, trace, responseTopic, correlation } = { responseTopic: "", correlation: correlationData, ...first };
  await bus.publish({
    topic: "out/1",
    payload: Buffer.from("y"),
    qos: 1,
    retain: false,
    ...(id && { id }),
    ...(trace && { trace }),
    responseTopic,
    correlation,
  });
  await until(() => heard.length === 1);
  expect(heard[0]?.properties).toMatchObject({
    responseTopic,
    correlationData,
    userProperties: { id: "m-1", traceparent: ON_ITS_WAY },
  });
});

test("they wait with their message for a broker that is away", async () => {
  const { mosquitto, bus, heard, other } = await setup();
  await mosquitto.stop();
  await until(() => !bus.connected());
  const correlation = Buffer.from("c");
  await bus.publish({
    topic: "out/1",
    payload: Buffer.from("y"),
    qos: 1,
    retain: true,
    id: "m-2",
    trace: TRACE,
    responseTopic: "r",
    correlation,
  });
  await mosquitto.start();
  await until(() => bus.connected());
  const late = await client(mosquitto.port, { protocolVersion: 5 });
  late.on("message", (_topic, _payload, packet) => heard.push(packet));
  await late.subscribeAsync("out/#", { qos: 1 });
  await until(() => heard.length === 1);
  expect(heard[0]?.properties).toMatchObject({
    responseTopic: "r",
    correlationData: correlation,
    userProperties: { id: "m-2", traceparent: ON_ITS_WAY },
  });
  other.end(true);
});
