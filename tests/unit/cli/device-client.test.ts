import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { connectDevice } from "../../../runtime/cli/device/client.ts";

test("a connection that is closed without a word, as by a device that restarts, is no connection", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const connecting = connectDevice({ broker: `mqtt://127.0.0.1:${port}`, device: "edge", timeout: 10_000 });
    await expect(connecting).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  } finally {
    server.close();
  }
});

test("who stays to listen is told when the device is gone, and is not kept when he leaves", async () => {
  const CONNACK = Buffer.from([0x20, 2, 0, 0]);
  const server = createServer((socket) => socket.once("data", () => socket.write(CONNACK))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connected = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const device = await connectDevice({ broker: `mqtt://127.0.0.1:${port}`, device: "edge", timeout: 10_000 });
  const [socket] = await connected;
  const leaving = new AbortController();
  const left = device.stay(leaving.signal);
  leaving.abort();
  await left;
  const told = device.stay(new AbortController().signal);
  socket.destroy();
  await expect(told).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  await expect(device.stay(new AbortController().signal)).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  server.close();
});

test("a device that goes while it is asked is an error, and nobody waits for what was under way", async () => {
  const CONNACK = Buffer.from([0x20, 2, 0, 0]);
  const SUBSCRIBE = 0x82;
  const PUBLISH = 0x32; // at QoS 1
  const server = createServer((socket) => {
    socket.on("data", (packet) => {
      if (packet[0] === PUBLISH) return socket.destroy();
      socket.write(packet[0] === SUBSCRIBE ? Buffer.from([0x90, 3, packet[2] as number, packet[3] as number, 1]) : CONNACK);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const device = await connectDevice({ broker: `mqtt://127.0.0.1:${port}`, device: "edge", timeout: 10_000 });
  await expect(device.ask("status")).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  await device.close();
  await device.close(); // once more is no harm
  server.close();
});
