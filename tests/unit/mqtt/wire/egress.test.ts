import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import fc from "fast-check";
import mqtt, { type IPublishPacket } from "mqtt-packet";
import { expect, test } from "vitest";
import { utf8 } from "../../../../runtime/contract/index.ts";
import { Corker, Egress } from "../../../../runtime/mqtt/wire/egress.ts";
import { PACKET } from "../../../../runtime/mqtt/wire/framer.ts";
import { publishFlags } from "../../../../runtime/mqtt/wire/publish.ts";

const NONE = new Uint8Array(0);

/** Sends through a real socket and gives what arrived. */
async function arrived(say: (egress: Egress) => void): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const receiver = connect(port, "127.0.0.1");
  const [sender] = (await once(server, "connection")) as [Socket];
  const chunks: Buffer[] = [];
  receiver.on("data", (chunk) => chunks.push(chunk));
  const egress = new Egress(sender, new Corker());
  say(egress);
  egress.flush();
  sender.end();
  await once(receiver, "end");
  server.close();
  return Buffer.concat(chunks);
}

test("what arrives is what mqtt-packet would have written, whatever the sizes", async () => {
  const sizes = fc.oneof(fc.nat(300), fc.integer({ min: 3000, max: 5000 }), fc.integer({ min: 30_000, max: 140_000 }));
  const message = fc.record({ size: sizes, qos: fc.constantFrom(0, 1, 2), retain: fc.boolean(), dup: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 25 }), async (messages) => {
      const wanted: Buffer[] = [];
      const bytes = await arrived((egress) => {
        messages.forEach(({ size, qos, retain, dup }, i) => {
          const payload = Buffer.alloc(size, i);
          const messageId = qos > 0 ? i + 1 : 0;
          egress.publish(publishFlags(qos as 0 | 1 | 2, retain, dup), utf8("a/é"), messageId, NONE, payload);
          wanted.push(mqtt.generate({ cmd: "publish", topic: "a/é", payload, qos, retain, dup, messageId } as IPublishPacket));
          egress.acknowledge(PACKET.puback, i + 1);
          wanted.push(mqtt.generate({ cmd: "puback", messageId: i + 1 }));
          egress.append(Buffer.from("as it is"));
          wanted.push(Buffer.from("as it is"));
        });
      });
      expect(bytes.equals(Buffer.concat(wanted))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("PUBREL has its flag", async () => {
  expect(await arrived((egress) => egress.acknowledge(PACKET.pubrel, 7))).toEqual(mqtt.generate({ cmd: "pubrel", messageId: 7 }));
});
