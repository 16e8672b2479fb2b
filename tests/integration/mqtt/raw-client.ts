import { once } from "node:events";
import { connect, type Socket } from "node:net";
import mqtt, { type Packet } from "mqtt-packet";
import { onTestFinished } from "vitest";
import { until } from "./support.ts";

export interface RawClient {
  readonly socket: Socket;
  /** What the broker said, without CONNACK. */
  readonly packets: Packet[];
  send(...packets: Packet[]): void;
  /** The next packet of that kind that was not asked for before. */
  next(cmd: Packet["cmd"]): Promise<Packet & { messageId?: number }>;
  readonly ended: () => boolean;
}

/** A client that does exactly as told: no library acknowledges or repeats for it. */
export async function rawClient(port: number, connectPacket: Partial<Packet> = {}): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const packets: Packet[] = [];
  const parser = mqtt.parser();
  parser.on("packet", (packet) => packets.push(packet));
  let ended = false;
  socket.on("data", (chunk) => parser.parse(chunk));
  socket.on("error", () => {});
  socket.on("close", () => {
    ended = true;
  });
  const send = (...sent: Packet[]) => void socket.write(Buffer.concat(sent.map((packet) => mqtt.generate(packet))));
  const next: RawClient["next"] = async (cmd) => {
    await until(() => packets.some((packet) => packet.cmd === cmd));
    return packets.splice(
      packets.findIndex((packet) => packet.cmd === cmd),
      1,
    )[0] as Packet;
  };
  send({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId: "raw",
    keepalive: 0,
    ...connectPacket,
  } as Packet);
  await next("connack");
  return { socket, packets, send, next, ended: () => ended };
}

export function publishPacket(
  topic: string,
  text: string,
  qos: 0 | 1 | 2 = 0,
  messageId?: number,
  more: Partial<Packet> = {},
): Packet {
  return {
    cmd: "publish",
    topic,
    payload: text,
    qos,
    dup: false,
    retain: false,
    ...(messageId && { messageId }),
    ...more,
  } as Packet;
}
