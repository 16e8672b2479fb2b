import { Duplex } from "node:stream";
import mqtt, { type Packet } from "mqtt-packet";
import { expect, test } from "vitest";
import type { Qos } from "../../../../runtime/contract/index.ts";
import { MESSAGE_IDS, Sender } from "../../../../runtime/mqtt/external/sender.ts";
import { Corker, Egress } from "../../../../runtime/mqtt/wire/egress.ts";
import { PACKET } from "../../../../runtime/mqtt/wire/framer.ts";

/** A connection whose other side is read by mqtt-packet. */
function line(window: number) {
  const packets: Packet[] = [];
  const parser = mqtt.parser({ protocolVersion: 4 });
  parser.on("packet", (packet) => packets.push(packet));
  const socket = new Duplex({ read() {}, write: (chunk, _encoding, done) => done(void parser.parse(chunk) as unknown as null) });
  const egress = new Egress(socket as ConstructorParameters<typeof Egress>[0], new Corker());
  const said = () => {
    egress.flush();
    return packets.splice(0).map((packet) => {
      const { cmd, dup, messageId } = packet as { cmd: string; dup?: boolean; messageId?: number };
      return `${cmd} ${messageId ?? "-"}${dup ? " dup" : ""}`;
    });
  };
  return { sending: { egress, version: 4 as const, window }, said };
}

const message = (qos: Qos) => ({ topic: "a", payload: Buffer.from("x"), qos, retain: false });

test("keeps to the window, and goes on as acknowledgements come", async () => {
  const sender = new Sender(0);
  const { sending, said } = line(2);
  sender.connected(sending, false);
  const published = [1, 1, 1].map((qos) => sender.publish(message(qos as Qos)));
  expect(said()).toEqual(["publish 257", "publish 258"]);
  expect(sender.pending).toBe(3);
  sender.acknowledged(PACKET.puback, 257, 0);
  expect(said()).toEqual(["publish 259"]);
  sender.acknowledged(PACKET.puback, 259, 0);
  sender.acknowledged(PACKET.puback, 258, 0);
  await Promise.all(published);
  expect(sender.pending).toBe(0);
});

test("on a resumed session repeats with the same identifiers, and PUBREL where PUBREC had come", async () => {
  const sender = new Sender(0);
  const first = line(10);
  sender.connected(first.sending, false);
  const published = [1, 2, 2].map((qos) => sender.publish(message(qos as Qos)));
  sender.acknowledged(PACKET.pubrec, 2, 0);
  expect(first.said()).toEqual(["publish 257", "publish 1", "publish 2", "pubrel 2"]);
  sender.disconnected();
  published.push(sender.publish(message(0)));
  const second = line(10);
  sender.connected(second.sending, true);
  expect(second.said()).toEqual(["publish 257 dup", "publish 1 dup", "pubrel 2", "publish -"]);
  sender.acknowledged(PACKET.puback, 257, 0);
  sender.acknowledged(PACKET.pubrec, 1, 0);
  sender.acknowledged(PACKET.pubcomp, 1, 0);
  sender.acknowledged(PACKET.pubcomp, 2, 0);
  await Promise.all(published);
});

test("closes what the last process left open at QoS 2 before it sends any of its own, and not before there is any", async () => {
  const sender = new Sender(0);
  const first = line(10);
  sender.connected(first.sending, true);
  const one = sender.publish(message(1));
  expect(first.said()).toEqual(["publish 257"]);
  sender.acknowledged(PACKET.puback, 257, 0);
  await one;
  const two = sender.publish(message(2));
  expect(first.said()).toEqual(Array.from({ length: 256 }, (_, i) => `pubrel ${i + 1}`));
  for (let id = 1; id <= 200; id++) sender.acknowledged(PACKET.pubcomp, id, 0x92);
  sender.disconnected();
  const second = line(10);
  sender.connected(second.sending, true);
  expect(second.said()).toEqual(Array.from({ length: 56 }, (_, i) => `pubrel ${i + 201}`));
  for (let id = 201; id <= 256; id++) sender.acknowledged(PACKET.pubcomp, id, 0x92);
  expect(second.said()).toEqual(["publish 1"]);
  sender.acknowledged(PACKET.pubrec, 1, 0);
  sender.acknowledged(PACKET.pubcomp, 1, 0);
  await two;
});

test("on a new session starts QoS 2 from the beginning", () => {
  const sender = new Sender(0);
  sender.connected(line(10).sending, false);
  void sender.publish(message(2)).catch(() => {});
  sender.acknowledged(PACKET.pubrec, 1, 0);
  const { sending, said } = line(10);
  sender.connected(sending, false);
  expect(said()).toEqual(["publish 1"]);
  sender.close();
});

test("a refusal of MQTT 5 rejects, and so does the end", async () => {
  const sender = new Sender(MESSAGE_IDS - 1);
  sender.connected(line(10).sending, false);
  const refused = sender.publish(message(1));
  const unfinished = sender.publish(message(1));
  sender.acknowledged(PACKET.puback, MESSAGE_IDS, 0x87);
  await expect(refused).rejects.toMatchObject({ code: "E_MQTT_UPLINK_REFUSED" });
  sender.close();
  await expect(unfinished).rejects.toMatchObject({ code: "E_MQTT_CLOSED" });
});

test("is full of large messages too, until they are acknowledged", async () => {
  const sender = new Sender(0);
  const { sending } = line(100);
  sender.connected(sending, false);
  const payload = Buffer.alloc(1024 * 1024);
  const published = Array.from({ length: 17 }, () => sender.publish({ ...message(1), payload }));
  sending.egress.flush();
  expect(sender.full).toBe(true);
  for (let id = 257; id < 257 + 17; id++) sender.acknowledged(PACKET.puback, id, 0);
  await Promise.all(published);
  expect(sender.full).toBe(false);
});
